import { fileWorkspace } from '../../../shared/adapters/workspace/workspace.ts';
import { exitCodes } from '../../failures.ts';
import { readExport, verifyExport } from '../../read-export.ts';
import { refuse, say } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';

/** `jr dlq import`: puts an export back into an empty ledger, all of it or nothing. */
export async function importExport(file: string, { json }: { readonly json?: boolean }): Promise<number> {
  return await withStack(async ({ restore, target }) => {
    const sha256 = await verifyExport(file);
    const { tasks, entries } = await restore.held();
    if (tasks + entries > 0) {
      const message = `The ledger holds ${tasks} tasks and ${entries} entries: an export is put back into an empty one alone. Start a stack with an empty ledger (another JR_HOME, or DATABASE_URL).`;
      return refuse(json, { file, imported: false, tasks, entries }, message);
    }
    const counts = await restore.restore(readExport(file));
    const files = await putInstructions(file, target.local?.workspace ?? null);
    const fields = { file, imported: true, sha256, rows: counts, instruction_files: files };
    const text = [
      ...Object.entries(counts).map(([table, n]) => `${table}: ${n}`),
      ...(files.length === 0
        ? []
        : [`Instruction files that were missing in the workspace: ${files.join(', ')}`]),
      'What is open is where it was: see it with "npx jr dlq".',
    ];
    say(json, fields, text.join('\n'));
    return exitCodes.done;
  });
}

/** Instruction files that tasks name and the local workspace lacks. One that is there stays; a stage's is out of reach. */
async function putInstructions(file: string, root: string | null): Promise<string[]> {
  if (root === null) return [];
  const workspace = fileWorkspace({ root });
  const journal = { key: 'import', epoch: 1 };
  const put: string[] = [];
  for await (const page of readExport(file)) {
    for (const { table, row } of page) {
      const { path, content } = row;
      if (table !== 'instruction_file' || typeof path !== 'string' || typeof content !== 'string') continue;
      // One that leads outside is refused, one that is there stays.
      if ((await workspace.load([path])).get(path)?.kind !== 'missing') continue;
      const after = new TextEncoder().encode(content);
      await workspace.write(journal, [{ path, before: null, after }], () => undefined);
      await workspace.forget(journal.key);
      put.push(path);
    }
  }
  return put;
}
