import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { planInstruction } from '../../../shared/edit/plan.ts';
import { guardSyntax, type SyntaxProblem } from '../../../shared/edit/syntax.ts';
import type { FileState, Plan } from '../../../shared/edit/types.ts';
import { readInstruction } from '../../../shared/instruction/read.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | null) => (bytes === null ? null : new TextDecoder().decode(bytes));

/** A file with a line `broken` does not parse, there. */
const asked: string[] = [];
const guard = {
  async check(path: string, bytes: Uint8Array): Promise<SyntaxProblem | null> {
    asked.push(`${path}: ${decode(bytes)}`);
    const line = (decode(bytes) ?? '').split('\n').findIndex(text => text.trim() === 'broken') + 1;
    return line === 0 ? null : { line, column: 3, message: 'unexpected "broken"' };
  },
};

const edit = (path: string, search: string, replace: string) =>
  `File: \`${path}\`\n\n<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n`;
const create = (path: string, content: string) => `Create \`${path}\`\n\n\`\`\`python\n${content}\n\`\`\`\n`;

async function plan(files: Record<string, string>, ...parts: string[]): Promise<Plan> {
  asked.length = 0;
  const instruction = readInstruction(parts.join('\n'), { pathPrefixes: [] });
  const states = new Map(
    Object.entries(files).map(([path, text]): [string, FileState] => [
      path,
      { kind: 'file', bytes: encode(text) },
    ]),
  );
  const located = planInstruction(instruction, states, {
    sha256: bytes => createHash('sha256').update(bytes).digest('hex'),
    overwrite: false,
    evidence: [],
  });
  return await guardSyntax(located, instruction.steps, guard);
}

test('an edit after which its file would not parse fails with the place and what to do', async () => {
  const planned = await plan({ 'a/b.py': 'one\ntwo\n' }, edit('a/b.py', 'two', '  broken'));
  const error = {
    code: 'SYNTAX_ERROR',
    message:
      'a/b.py would not parse: line 2, column 3: unexpected "broken". Mend the block so that the file is valid Python.',
    line: 3,
    nearest: null,
  };
  assert.equal(planned.ok, false);
  assert.deepEqual(planned.failures, [error]);
  assert.partialDeepStrictEqual(planned.steps, [
    { outcome: 'failed', error, linesAdded: 0, linesRemoved: 0, beforeSha256: null, afterSha256: null },
  ]);
  const [file] = planned.files;
  assert.deepEqual([file?.after, file?.afterSha256, file?.changed], [null, null, false]);
  assert.equal(decode(file?.before ?? null), 'one\ntwo\n');
});

test('a new file that does not parse fails', async () => {
  const planned = await plan({}, create('new.py', 'broken'));
  assert.deepEqual(
    planned.failures.map(({ code, line }) => [code, line]),
    [['SYNTAX_ERROR', 3]],
  );
});

test('a file that did not parse before may stay broken', async () => {
  const planned = await plan({ 'a.py': 'broken\ntwo\n' }, edit('a.py', 'two', 'three'));
  assert.equal(planned.ok, true);
  assert.equal(decode(planned.files[0]?.after ?? null), 'broken\nthree\n');
});

test('the file as it was is parsed only when the file as it would be is broken', async () => {
  await plan({ 'a.py': 'one\n' }, edit('a.py', 'one', 'two'));
  assert.deepEqual(asked, ['a.py: two\n']);
});

test('bytes that do not change are not parsed', async () => {
  const planned = await plan({ 'a.py': 'broken\n' }, create('a.py', 'broken'));
  assert.equal(planned.ok, true);
  assert.deepEqual(asked, []);
});

test('the step that wrote the broken line is blamed, the other keeps its verdict', async () => {
  const planned = await plan(
    { 'a.py': 'one\ntwo\nthree\n' },
    edit('a.py', 'one', 'broken'),
    edit('a.py', 'two', 'deux'),
  );
  assert.deepEqual(
    planned.steps.map(({ outcome }) => outcome),
    ['failed', 'ready'],
  );
});

test('where the line tells nothing, the last step of the file is blamed', async () => {
  const planned = await plan(
    { 'a.py': 'one\ntwo\nthree\n' },
    edit('a.py', 'one', 'broken'),
    edit('a.py', 'two', 'broken'),
    edit('b.py', 'x', 'y'),
  );
  assert.deepEqual(
    planned.steps.map(({ error }) => error?.code),
    [undefined, 'SYNTAX_ERROR', 'FILE_NOT_FOUND'],
  );
});

test('failures come in the order of the document, whatever found them', async () => {
  const planned = await plan(
    { 'a.py': 'one\n', 'c.py': 'one\n' },
    edit('gone.py', 'x', 'y'),
    edit('a.py', 'one', 'broken'),
    edit('c.py', 'nowhere', 'y'),
  );
  assert.deepEqual(
    planned.failures.map(({ code }) => code),
    ['FILE_NOT_FOUND', 'SYNTAX_ERROR', 'SEARCH_NOT_FOUND'],
  );
});

test('a plan without problems is the plan itself', async () => {
  const planned = await plan({ 'a.py': 'one\n' }, edit('a.py', 'one', 'two'));
  assert.equal(planned.ok, true);
  assert.equal(decode(planned.files[0]?.after ?? null), 'two\n');
});
