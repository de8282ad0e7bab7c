// The check of design section 12 is itself seen to fail: each breach is planted in a small tree of its own.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const clean = {
  'shared/domain/rule.ts': 'export const rule = 1;',
  'shared/ports/port.ts': `import type { rule } from '../domain/rule.ts';\nexport type Port = typeof rule;`,
  'shared/adapters/postgres/adapter.ts': `import { readFile } from 'node:fs/promises';\nimport type { Port } from '../../ports/port.ts';\nexport const adapter: Port = 1;\nexport { readFile };`,
  'cli/main.ts': 'export const main = 1;',
  'shared/compose.ts': `export { adapter } from './adapters/postgres/adapter.ts';`,
  'functions/one/run.ts': `import { rule } from '../../shared/domain/rule.ts';\nexport const run = rule;`,
  'functions/one/handler.ts': `export { adapter } from '../../shared/compose.ts';\nexport { run } from './run.ts';`,
};

const breaches: [name: string, path: string, text: string, rule: string][] = [
  ['a cycle', 'shared/domain/a.ts', `import { b } from './b.ts';\nexport const a = () => b;`, 'no-cycles'],
  [
    'a rule that reads files',
    'shared/domain/x.ts',
    `export { readFile } from 'node:fs/promises';`,
    'domain-is-pure',
  ],
  [
    'reading that knows an adapter',
    'shared/instruction/x.ts',
    `export { adapter } from '../adapters/postgres/adapter.ts';`,
    'instruction-is-pure',
  ],
  [
    'editing that imports Node',
    'shared/edit/x.ts',
    `export { createHash } from 'node:crypto';`,
    'edit-is-pure',
  ],
  [
    'a run that knows an adapter',
    'functions/two/run.ts',
    `export { adapter } from '../../shared/adapters/postgres/adapter.ts';`,
    'run-knows-no-adapter',
  ],
  [
    'a handler that knows an adapter',
    'functions/two/handler.ts',
    `export { adapter } from '../../shared/adapters/postgres/adapter.ts';`,
    'handler-composes',
  ],
  [
    'a function that imports another',
    'functions/three/run.ts',
    `export { run } from '../one/run.ts';`,
    'functions-are-islands',
  ],
  [
    'an adapter that knows another',
    'shared/adapters/sqs/x.ts',
    `export { adapter } from '../postgres/adapter.ts';`,
    'adapters-know-ports',
  ],
  [
    'a type import that goes up',
    'shared/ports/x.ts',
    `import type { adapter } from '../adapters/postgres/adapter.ts';\nexport type X = typeof adapter;`,
    'ports-are-types',
  ],
  [
    'a function that knows the command line',
    'functions/four/run.ts',
    `export { main } from '../../cli/main.ts';`,
    'nothing-imports-up',
  ],
  ['an import of nothing', 'shared/domain/y.ts', `export { y } from './nowhere.ts';`, 'resolvable'],
];

let tree: string;
before(async () => {
  tree = await mkdtemp(join(tmpdir(), 'jr-imports-'));
  for (const [path, text] of Object.entries(clean)) await plant(path, text);
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json'])
    await copyFile(join(root, file), join(tree, file));
});
after(() => rm(tree, { recursive: true, force: true }));

async function plant(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(tree, path)), { recursive: true });
  await writeFile(join(tree, path), `${text}\n`);
}

function cruise() {
  const args = ['--config', '.dependency-cruiser.cjs', 'functions', 'shared'];
  const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/depcruise'), args, {
    cwd: tree,
    encoding: 'utf8',
  });
  return { status, stdout };
}

test('a tree that keeps the rule passes, and was looked at', () => {
  const { status, stdout } = cruise();
  assert.equal(status, 0, stdout);
  assert.match(stdout, /no dependency violations found \(7 modules, 7 dependencies cruised\)/);
});

test('each breach that is planted is found, by its rule and its file', async t => {
  for (const [, path, text] of breaches) await plant(path, text);
  await plant('shared/domain/b.ts', `import { a } from './a.ts';\nexport const b = () => a;`);
  const { status, stdout } = cruise();
  assert.notEqual(status, 0);
  for (const [name, path, , rule] of breaches) {
    await t.test(name, () =>
      assert.match(stdout, new RegExp(`error ${rule}: ${path.replaceAll('.', '\\.')} →`)),
    );
  }
});
