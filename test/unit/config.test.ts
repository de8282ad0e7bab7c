import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig, readLadderConfig, readMigrateConfig } from '../../shared/config.ts';

const env = {
  DATABASE_URL: 'postgres://jr@127.0.0.1/jr',
  TASKS_QUEUE_URL: 'http://127.0.0.1:1/000000000000/jr-tasks',
  TASKS_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:jr-tasks',
  SCHEDULER_ROLE_ARN: 'arn:aws:iam::000000000000:role/local',
  FUNCTION_ARN_PREFIX: 'arn:aws:lambda:us-east-1:000000000000:function:',
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

test('migrate logs in by the secret where there is one, and then makes the user that the others log in as', () => {
  const functions = {
    LAMBDA_TASK_ROOT: '/t',
    DATABASE_IAM_USER: 'f',
    DATABASE_HOST: 'h',
    DATABASE_NAME: 'jr',
  };
  const both = readMigrateConfig({ ...functions, DATABASE_SECRET_ARN: 'arn:s' });
  assert.equal(both.ledger.kind, 'secret');
  assert.equal(both.functionsUser, 'f');
  const one = readMigrateConfig(functions);
  assert.equal(one.ledger.kind, 'iam');
  assert.equal(one.functionsUser, null);
});

test('notices go to a folder or to a topic for each target', () => {
  const ladder = { ...env, COUNCIL_QUEUE_URL: 'http://127.0.0.1:1/000000000000/jr-dlq-3-council' };
  assert.deepEqual(readLadderConfig({ ...ladder, NOTICES_DIR: '/n' }).notices, { folder: '/n' });
  const topics = {
    TPM_TOPIC_ARN: 'arn:aws:sns:1',
    COUNCIL_TOPIC_ARN: 'arn:aws:sns:2',
    OPERATIONS_TOPIC_ARN: 'arn:aws:sns:3',
    ENGINEERING_LEAD_TOPIC_ARN: 'arn:aws:sns:4',
  };
  assert.deepEqual(readLadderConfig({ ...ladder, ...topics }).notices, {
    topics: {
      TPM: 'arn:aws:sns:1',
      Council: 'arn:aws:sns:2',
      operations: 'arn:aws:sns:3',
      'engineering lead': 'arn:aws:sns:4',
    },
  });
  assert.throws(() => readLadderConfig(ladder), says(/^TPM_TOPIC_ARN is required.*NOTICES_DIR/));
  assert.throws(
    () => readLadderConfig({ ...env, NOTICES_DIR: '/n' }),
    says(/^COUNCIL_QUEUE_URL is required/),
  );
});
