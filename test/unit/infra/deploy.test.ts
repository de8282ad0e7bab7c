import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execute, root } from '../../support/jr.ts';

test('a deployment without a region is refused, before it makes a stage wherever the tool thinks', async () => {
  const env = { ...process.env, AWS_REGION: '', AWS_DEFAULT_REGION: '' };
  const args = [`${root}infra/deploy.ts`, '--stage', 'dev', '--param', 'database=managed'];
  const { code, stderr } = await execute(process.execPath, args, { env });
  assert.equal(code, 2);
  assert.match(stderr, /^Where to\? Set AWS_REGION to the region of the stage/);
});
