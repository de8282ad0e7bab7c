import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { permissions } from '../../infra/cloud/permissions.ts';
import { declaredFunctions } from '../../infra/local/manifest.ts';
import { type Package, packageFunctions } from '../../infra/package.ts';
import { zip } from '../../infra/zip.ts';
import { commandsIn } from '../support/bundle-commands.ts';
import { tempFolder } from '../support/temp-folder.ts';

const names = Object.keys(declaredFunctions);
const onWorkspace = names.filter(name => declaredFunctions[name]?.workspace === true);
const mostBytes = 700 * 1024;

let outDir = '';
let packages: Package[] = [];
before(async t => {
  // A suite's context is typed without `after`; it has one.
  outDir = await tempFolder(t as Parameters<typeof tempFolder>[0]);
  packages = await packageFunctions({ outDir });
});

test('packing makes the same bytes again, in another folder', async t => {
  assert.deepEqual(
    packages.map(({ name }) => name),
    names,
  );
  // The one with the most beside its code: what holds for it holds for all, which are made alike.
  const { 'execute-task': most } = declaredFunctions;
  assert.ok(most);
  const again = await packageFunctions({
    outDir: await tempFolder(t),
    functions: { 'execute-task': most },
  });
  const sums = (list: Package[]) => list.map(({ name, sha256 }) => [name, sha256]);
  assert.deepEqual(sums(again), sums(packages.filter(({ name }) => name === 'execute-task')));
});

test('what a cold start loads of each function is below 700 KB', () => {
  for (const { name, indexBytes } of packages) assert.ok(indexBytes < mostBytes, `${name}: ${indexBytes}`);
});

test('migrate carries the migrations, what works on the workspace the grammars, and no other either', async () => {
  const carries = (part: string) =>
    Promise.all(
      packages.map(async ({ name, file }) => ((await readFile(file)).includes(part) ? [name] : [])),
    ).then(found => found.flat());
  assert.deepEqual(await carries('migrations/0001_workers.sql'), ['migrate']);
  assert.deepEqual(await carries('grammars/tree-sitter-python.wasm'), onWorkspace);
});

for (const name of names) {
  test(`${name} may do what its bundle asks of AWS, and nothing else`, async () => {
    // Its login is read by every function, by a policy that follows from the database: see template.test.ts.
    const asked = (await commandsIn(join(outDir, name))).filter(it => it !== 'secretsmanager:GetSecretValue');
    const allowed = Object.keys(permissions[name] ?? {}).sort();
    assert.deepEqual(
      allowed,
      asked,
      `permissions.ts lists for ${name} what is first, its bundle has the commands that are second`,
    );
  });
}

test('permissions are of functions that exist', () => {
  assert.deepEqual(
    Object.keys(permissions).filter(name => !names.includes(name)),
    [],
  );
});

test('a zip is read by others, whatever is in it', async t => {
  const folder = await tempFolder(t);
  const content = Buffer.from('export const handler = async () => 1;\n'.repeat(1_000));
  const file = join(folder, 'some.zip');
  const { writeFile } = await import('node:fs/promises');
  await writeFile(
    file,
    zip([
      { name: 'ü/b.txt', content: Buffer.alloc(0) },
      { name: 'a.mjs', content },
    ]),
  );
  const python =
    'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);print(z.testzip(),z.namelist());z.extractall(sys.argv[2])';
  const ran = await promisify(execFile)('python3', ['-c', python, file, dirname(file)]).catch(error => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (ran === null) return t.skip('there is no python3 here to read it');
  assert.equal(ran.stdout.trim(), "None ['a.mjs', 'ü/b.txt']");
  assert.deepEqual(await readFile(join(folder, 'a.mjs')), content);
});
