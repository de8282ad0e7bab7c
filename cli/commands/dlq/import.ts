import { stat } from 'node:fs/promises';
import { orIfAbsent } from '../../../infra/local/errors.ts';
import { fileWorkspace } from '../../../shared/adapters/workspace/workspace.ts';
import { exitCodes, UsageError } from '../../failures.ts';
import { readExport, verifyExport } from '../../read-export.ts';
import { refuse, say } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';
import { writeAlone } from '../../write-alone.ts';

interface Options {
  readonly workspace?: string;
  readonly json?: boolean;
}

/** `jr dlq import`: puts an export back into an empty ledger, all of it or nothing. */
export async function importExport(file: string, { workspace, json }: Options): Promise<number> {
  if (workspace !== undefined) await mustBeFolder(workspace);
  return await withStack(async ({ restore, target }) => {
    const sha256 = await verifyExport(file);
    const { tasks, entries } = await restore.held();
    if (tasks + entries > 0) {
      const message = `The ledger holds ${tasks} tasks and ${entries} entries: an export is put back into an empty one alone. Nothing was changed. Start a stack with an empty ledger (another JR_HOME, or DATABASE_URL).`;
      return refuse(json, { file, imported: false, tasks, entries }, message);
    }
    // First what may be done twice: an import that is cut short is simply begun again.
    const documents = await putInstructions(file, workspace ?? target.local?.workspace ?? null);
    const counts = await restore.restore(readExport(file));
    const fields = { file, imported: true, sha256, rows: counts, ...documents };
    const text = [
      `The checksum holds: ${sha256}`,
      ...Object.entries(counts).flatMap(([table, n]) => (n === 0 ? [] : [`${table}: ${n}`])),
      ...documentLines(documents),
      'What is open is where it was: see it with "npx jr dlq".',
    ];
    say(json, fields, text.join('\n'));
    return exitCodes.done;
  });
}

async function mustBeFolder(path: string): Promise<void> {
  const found = await stat(path).catch(orIfAbsent(null));
  if (found?.isDirectory() !== true) throw new UsageError(`${path} is no folder: name the workspace's.`);
}

interface Documents {
  /** Instruction files that were missing and are there again. */
  readonly instruction_files: readonly string[];
  /** Those that nobody could put back, as no workspace is in reach. */
  readonly instruction_files_not_put: readonly string[];
}

/** Instruction files that tasks name and the workspace lacks. One that is there stays. */
async function putInstructions(file: string, root: string | null): Promise<Documents> {
  const workspace = root === null ? null : fileWorkspace({ root });
  const put = new Set<string>();
  const notPut = new Set<string>();
  for await (const page of readExport(file)) {
    for (const { table, row } of page) {
      const { path, content } = row;
      if (table !== 'instruction_file' || typeof path !== 'string' || typeof content !== 'string') continue;
      if (workspace === null) {
        notPut.add(path);
        continue;
      }
      // One that leads outside is refused, one that is there stays.
      if ((await workspace.load([path])).get(path)?.kind !== 'missing') continue;
      const after = new TextEncoder().encode(content);
      await writeAlone(workspace, [{ path, before: null, after }]);
      put.add(path);
    }
  }
  return { instruction_files: [...put], instruction_files_not_put: [...notPut] };
}

function documentLines({ instruction_files: put, instruction_files_not_put: notPut }: Documents): string[] {
  return [
    ...(put.length === 0
      ? []
      : [`Instruction files that were missing in the workspace and are back: ${put.join(', ')}`]),
    ...(notPut.length === 0
      ? []
      : [
          `NOT put back, for the workspace of the stage is not in reach from here: ${notPut.join(', ')}`,
          'Tasks that name one that is missing there fail with INSTRUCTION_MISSING. See that they are there, or import where the workspace is mounted, with --workspace DIR.',
        ]),
  ];
}
