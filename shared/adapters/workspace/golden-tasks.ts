import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import type { GoldenTasks } from '../../ports/golden-tasks.ts';
import { isCode } from './is-code.ts';
import { fileWorkspace, rootOf } from './workspace.ts';

/** Golden tasks in the folder `golden` of a workspace. */
export function folderGoldenTasks(workspaceRoot: string): GoldenTasks {
  const folder = join(workspaceRoot, 'golden');
  return {
    async list() {
      // In a workspace that is away nothing is found, and what was not tried would have held.
      rootOf(workspaceRoot);
      const entries = await readdir(folder, { withFileTypes: true }).catch(orNothing);
      return entries
        .filter(entry => entry.isDirectory())
        .map(({ name }) => name)
        .sort();
    },
    async tryOut(name, work) {
      const golden = join(folder, name);
      const scratch = await mkdtemp(join(tmpdir(), 'jr-golden-'));
      try {
        const document = await readFile(join(golden, 'instruction.md'), 'utf8').catch(missing);
        if (document === null)
          return [`golden/${name}/instruction.md is not there: every golden task has one.`];
        await layOut(join(golden, 'before'), scratch);
        const problems = await work(document, fileWorkspace({ root: scratch }));
        return [...problems, ...compare(await contents(join(golden, 'after')), await contents(scratch))];
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    },
  };
}

async function layOut(before: string, scratch: string): Promise<void> {
  await mkdir(scratch, { recursive: true });
  try {
    await cp(before, scratch, { recursive: true });
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

function compare(expected: ReadonlyMap<string, Buffer>, actual: ReadonlyMap<string, Buffer>): string[] {
  const problems: string[] = [];
  for (const [path, bytes] of expected) {
    const found = actual.get(path);
    if (found === undefined) problems.push(`${path} was not written.`);
    else if (!found.equals(bytes)) problems.push(`${path} differs ${firstDifference(bytes, found)}.`);
  }
  for (const path of actual.keys()) if (!expected.has(path)) problems.push(`${path} should not be there.`);
  return problems;
}

function firstDifference(expected: Buffer, actual: Buffer): string {
  let at = 0;
  while (at < expected.length && expected[at] === actual[at]) at += 1;
  const line = expected.subarray(0, at).toString('latin1').split('\n').length;
  return `from line ${line} on (${expected.length} bytes expected, ${actual.length} found)`;
}

/** Every file below a folder by its path; none when there is no such folder. */
async function contents(folder: string): Promise<Map<string, Buffer>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(orNothing);
  const files = new Map<string, Buffer>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(relative(folder, path).split(sep).join('/'), await readFile(path));
  }
  return files;
}

function orNothing(error: unknown): never[] {
  if (isCode(error, 'ENOENT')) return [];
  throw error;
}

function missing(error: unknown): null {
  if (isCode(error, 'ENOENT')) return null;
  throw error;
}
