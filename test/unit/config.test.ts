import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig } from '../../shared/config.ts';

const env = {
  DATABASE_URL: 'postgres://jr@127.0.0.1/jr',
  TASKS_QUEUE_URL: 'http://127.0.0.1:1/000000000000/jr-tasks',
  WORKSPACE_DIR: '/srv/workspace',
};
const says = (words: RegExp) => (error: unknown) => error instanceof ConfigError && words.test(error.message);

test('a complete environment is read and frozen', () => {
  const config = readConfig({ ...env, WORKSPACE_PREFIXES: '/ganuda:/srv/shared/' });
  assert.deepEqual(config.workspacePrefixes, ['/ganuda', '/srv/shared']);
  assert.ok(Object.isFrozen(config));
});

for (const name of Object.keys(env)) {
  test(`without ${name} it is named`, () => {
    assert.throws(() => readConfig({ ...env, [name]: undefined }), says(new RegExp(`^${name} is required`)));
    assert.throws(() => readConfig({ ...env, [name]: 'nonsense' }), says(new RegExp(`^${name} has to be`)));
  });
}

test('a prefix that is no absolute folder is named', () => {
  assert.throws(
    () => readConfig({ ...env, WORKSPACE_PREFIXES: 'ganuda' }),
    says(/^WORKSPACE_PREFIXES holds "ganuda"/),
  );
});
