import assert from 'node:assert/strict';
import { readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { buildFunctions, buildOutdated } from '../../../infra/build.ts';
import type { FunctionSpecs } from '../../../infra/local/manifest.ts';
import { root } from '../../support/jr.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const heavy = {
  handler: 'test/integration/stack/fixtures/heavy.ts',
  timeout_seconds: 3,
  memory_mb: 128,
};

test('a bundle runs by itself, with CommonJS packages and the AWS SDK inside', async t => {
  const outDir = await tempFolder(t);
  const [bundle] = await buildFunctions(['heavy'], { outDir, functions: { heavy } });
  assert.ok(bundle);
  assert.ok(bundle.bytes < 1024 * 1024, `${bundle.bytes} bytes are more than 1 MiB`);
  const { handler } = await import(bundle.file);
  assert.deepEqual(await handler(), { region: 'us-east-1', pg: 'function' });
  const meta = JSON.parse(await readFile(`${outDir}/heavy/meta.json`, 'utf8'));
  assert.ok('test/integration/stack/fixtures/heavy.ts' in meta.inputs);
  assert.ok(JSON.parse(await readFile(`${bundle.file}.map`, 'utf8')).mappings.length > 0);
});

test('an unknown function and an absent handler are named', async t => {
  const outDir = await tempFolder(t);
  await assert.rejects(
    buildFunctions(['nope'], { outDir, functions: { heavy } }),
    /no function nope; there are: heavy/,
  );
  await assert.rejects(
    buildFunctions(['gone'], { outDir, functions: { gone: { ...heavy, handler: 'gone.ts' } } }),
    /The handler of gone \(gone.ts\) does not exist/,
  );
});

test('what has not changed since it was built is not built again', async t => {
  const folder = await tempFolder(t);
  const outDir = join(folder, 'out');
  await writeFile(join(folder, 'part.ts'), 'export const said = "once";\n');
  await writeFile(
    join(folder, 'handler.ts'),
    `import { said } from './part.ts';\nexport const handler = () => said;\n`,
  );
  const own = { ...heavy, handler: relative(root, join(folder, 'handler.ts')) };
  const old = new Date(Date.now() - 60_000);
  for (const name of ['part.ts', 'handler.ts']) await utimes(join(folder, name), old, old);
  const built = async (functions: FunctionSpecs = { own }) => await buildOutdated(functions, outDir);
  const bundle = async () => await readFile(join(outDir, 'own/index.mjs'), 'utf8');

  assert.equal(await built(), true);
  assert.match(await bundle(), /once/);
  assert.equal(await built(), false);
  await writeFile(join(folder, 'part.ts'), 'export const said = "anew";\n');
  assert.equal(await built(), true, 'one of its sources is another');
  assert.match(await bundle(), /anew/);
  await rm(join(outDir, 'own/meta.json'));
  assert.equal(await built(), true, 'nobody knows what it consists of');
  assert.equal(await built({ own: heavy }), true, 'it is to be made of another handler');
});
