import { hash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { orIfAbsent, sentence } from '../../infra/local/errors.ts';
import { syntaxChecker } from '../../shared/adapters/syntax/checker.ts';
import { fileWorkspace } from '../../shared/adapters/workspace/workspace.ts';
import { protectedPaths, workspacePrefixes } from '../../shared/config.ts';
import { changesOf } from '../../shared/edit/changes.ts';
import { guardsWith } from '../../shared/edit/guard-settings.ts';
import { planInstruction, targetFiles } from '../../shared/edit/plan.ts';
import { planJson, type Writing } from '../../shared/edit/plan-json.ts';
import { guardSyntax } from '../../shared/edit/syntax.ts';
import type { Plan } from '../../shared/edit/types.ts';
import { readMeta } from '../../shared/instruction/meta.ts';
import { readInstruction } from '../../shared/instruction/read.ts';
import type { Workspace } from '../../shared/ports/workspace.ts';
import { exitCodes, UsageError } from '../failures.ts';
import { describePlan } from '../plan-text.ts';
import { complain, complainJson, print } from '../print.ts';
import { readDocument } from '../read-document.ts';
import { writeAlone } from '../write-alone.ts';

interface Options {
  readonly workspace: string;
  readonly overwrite?: boolean;
  readonly json?: boolean;
}

/** `jr plan`: what the files would do. Exit code 1 when one of them cannot be done as it stands. */
export async function plan(files: string[], options: Options): Promise<number> {
  return await each(files, options, async planned => ({
    applying: false,
    applied: false,
    // A folder of documents holds some that are only read: to say so of one is no failure.
    failed: planned.failures.some(({ code }) => code !== 'NO_STEPS'),
  }));
}

/** `jr apply`: the same engine, and then writes. A file with any problem writes nothing. */
export async function apply(files: string[], options: Options): Promise<number> {
  return await each(files, options, async (planned, workspace, name) => {
    await warnOfKilled(planned, workspace, name);
    if (!planned.ok) return { applying: true, applied: false, failed: true };
    await writeAlone(workspace, changesOf(planned));
    return { applying: true, applied: true, failed: false };
  });
}

/** There is no ledger that would know of one that was killed, and put its files back. */
async function warnOfKilled({ files }: Plan, workspace: Workspace, name: string): Promise<void> {
  const [journals = []] = await workspace.heldBy([{ key: 'alone', paths: files.map(({ path }) => path) }]);
  if (journals.length === 0) return;
  complain(
    `jr: .jr-work holds originals of files that ${name} names: they are being written, or a jr apply was killed and left some written and others not. docs/architecture.md says what to do.\n`,
  );
}

async function each(
  names: readonly string[],
  options: Options,
  perform: (planned: Plan, workspace: Workspace, name: string) => Promise<Writing & { failed: boolean }>,
): Promise<number> {
  // A variable that was not set would have it write in the folder that it is typed in.
  if (options.workspace === '')
    throw new UsageError('--workspace is empty: name a folder, or . for the one you are in.');
  const root = resolve(options.workspace);
  if (!(await isFolder(root)))
    throw new UsageError(`The workspace ${options.workspace} is not a folder: name one that is.`);
  const workspace = fileWorkspace({ root });
  const syntax = syntaxChecker({
    onFault: (path, error) => complain(`The syntax of ${path} could not be checked: ${error}\n`),
  });
  const pathPrefixes = workspacePrefixes(process.env);
  const guards = guardsWith(protectedPaths(process.env));
  let code: number = exitCodes.done;
  // All are read before the first is planned or applied: what cannot be read is said while nothing is done yet.
  const documents = [];
  for (const name of await expand(names)) documents.push({ name, document: await readDocument(name) });
  for (const { name, document } of documents) {
    const instruction = readInstruction(document, { pathPrefixes });
    const located = planInstruction(instruction, await workspace.load(targetFiles(instruction)), {
      sha256: bytes => hash('sha256', bytes, 'hex'),
      overwrite: options.overwrite ?? false,
      evidence: [],
      guards,
    });
    const planned = await guardSyntax(located, instruction.steps, syntax);
    const { failed, ...writing } = await perform(planned, workspace, name);
    if (failed) code = exitCodes.failed;
    const output = options.json
      ? JSON.stringify(planJson(name, readMeta(document), planned, writing))
      : describePlan(name, planned, writing);
    print(`${output}\n`);
    if (options.json && failed) for (const message of untold(planned)) complainJson(`${name}: ${message}`);
  }
  return code;
}

/** What is wrong with the document as a whole: the object of a plan names no more than its steps and blocks. */
function untold({ failures, steps, blocks }: Plan): string[] {
  const rejected = new Set(blocks.filter(block => block.disposition === 'rejected').map(({ line }) => line));
  return failures
    .filter(({ line }) => steps.length === 0 && (line === null || !rejected.has(line)))
    .map(({ code, message }) => `${code}: ${message}`);
}

/** Folders stand for the Markdown files in and below them, in order of their names. */
async function expand(names: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const name of names) {
    if (name === '-' || !(await isFolder(name))) {
      files.push(name);
      continue;
    }
    const below = await documentsBelow(name);
    if (below.length === 0)
      throw new UsageError(`There is no .md file in ${name}: name instruction files or their folder.`);
    files.push(...below);
  }
  return files;
}

/** Documents of others, and whatever begins with a dot, are not meant by a folder's name. */
const notMeant = /^\.|^node_modules$/;

async function documentsBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true }).catch(unreachable(folder));
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (notMeant.test(entry.name)) continue;
    if (entry.isDirectory()) files.push(...(await documentsBelow(path)));
    else if (entry.name.endsWith('.md')) files.push(path);
  }
  return files;
}

async function isFolder(path: string): Promise<boolean> {
  const stats = await stat(path).catch(orIfAbsent(null)).catch(unreachable(path));
  return stats?.isDirectory() ?? false;
}

function unreachable(path: string): (error: unknown) => never {
  return error => {
    throw new UsageError(`${path} cannot be reached (${sentence(error)}): check its name and its mode.`);
  };
}
