import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { buildFunctions } from '../../../infra/build.ts';
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
