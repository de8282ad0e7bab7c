import assert from 'node:assert/strict';
import { test } from 'node:test';
import functions from '../../../infra/functions.json' with { type: 'json' };
import { patience, regionMissing } from '../../../infra/serverless.ts';
import { execute, root } from '../../support/jr.ts';

const nowhere = { AWS_REGION: '', AWS_DEFAULT_REGION: '' };

for (const command of [
  ['deploy.ts'],
  ['serverless.ts', 'remove'],
  ['serverless.ts', 'invoke', '-f', 'migrate'],
])
  test(`${command.join(' ')} without a region is refused, before it goes wherever the tool thinks`, async () => {
    const args = [...command, '--stage', 'dev', '--param', 'database=managed'];
    const { code, stderr } = await execute(process.execPath, [`${root}infra/${args[0]}`, ...args.slice(1)], {
      env: { ...process.env, ...nowhere },
    });
    assert.equal(code, 2);
    assert.match(stderr, /^In which region\? Set AWS_REGION to that of the stage/);
  });

test('what needs no region is not asked for one, and any way to name one will do', () => {
  for (const args of [['package', '--stage', 'dev'], ['deploy', '--help'], ['print'], []])
    assert.equal(regionMissing(args, nowhere), null, args.join(' '));
  assert.equal(regionMissing(['info', '-r', 'eu-central-1'], nowhere), null);
  assert.equal(regionMissing(['info'], { AWS_DEFAULT_REGION: 'eu-central-1' }), null);
});

test('the tool waits for the longest function, or invokes one that is still at work once more', () => {
  for (const [name, { timeout_seconds }] of Object.entries(functions))
    assert.ok(Number(patience({})['AWS_CLIENT_TIMEOUT']) > timeout_seconds * 1_000, name);
  assert.deepEqual(patience({ AWS_CLIENT_TIMEOUT: '7' }), {});
});
