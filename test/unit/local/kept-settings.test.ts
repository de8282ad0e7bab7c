import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  checkLedger,
  checkSettings,
  guardsOf,
  keepSettings,
  keptLines,
  settingsOf,
} from '../../../infra/local/stack/kept-settings.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const url = `postgres://jr:${'hidden'}@db.example:5433/tasks`;

test('what a start protected stays protected for who starts from a shell that does not say so, until it is set to other or to nothing', async t => {
  const stateDir = await tempFolder(t);
  keepSettings(stateDir, settingsOf(stateDir, { PROTECTED_PATHS: 'a/**:b', WORKSPACE_PREFIXES: '/srv/' }));
  const later = settingsOf(stateDir, {});
  assert.deepEqual(guardsOf(later), { WORKSPACE_PREFIXES: '/srv', PROTECTED_PATHS: 'a/**:b' });
  assert.deepEqual(keptLines(later, { WORKSPACE_PREFIXES: '/srv' }), [
    'PROTECTED_PATHS is a/**:b, as at the last start',
  ]);
  keepSettings(stateDir, settingsOf(stateDir, { PROTECTED_PATHS: '' }));
  const none = settingsOf(stateDir, {});
  assert.deepEqual(guardsOf(none), { WORKSPACE_PREFIXES: '/srv', PROTECTED_PATHS: '' });
  assert.deepEqual(keptLines(none, {}), ['WORKSPACE_PREFIXES is /srv/, as at the last start']);
});

test('the embedded ledger does not take the place of one that DATABASE_URL named, unless that is set to nothing', async t => {
  const stateDir = await tempFolder(t);
  checkLedger(stateDir, {});
  keepSettings(stateDir, settingsOf(stateDir, { DATABASE_URL: url }));
  assert.doesNotMatch(await readFile(join(stateDir, 'settings.json'), 'utf8'), /hidden/);
  assert.throws(
    () => checkLedger(stateDir, {}),
    /ledger of the last start is db\.example:5433\/tasks, .* set it again/,
  );
  checkLedger(stateDir, { DATABASE_URL: url });
  checkLedger(stateDir, { DATABASE_URL: '' });
  keepSettings(stateDir, settingsOf(stateDir, { DATABASE_URL: '' }));
  checkLedger(stateDir, {});
});

test('who names other settings than those of the stack that is up is told so', async t => {
  const stateDir = await tempFolder(t);
  const check = (env: NodeJS.ProcessEnv) => checkSettings(url, stateDir, env);
  keepSettings(stateDir, settingsOf(stateDir, { PROTECTED_PATHS: 'a', DATABASE_URL: url }));
  check({});
  check({ PROTECTED_PATHS: 'a', WORKSPACE_PREFIXES: '/ganuda/', DATABASE_URL: url });
  assert.throws(
    () => check({ PROTECTED_PATHS: 'a:b' }),
    /is up with PROTECTED_PATHS "a", .* "a:b": start it/,
  );
  assert.throws(() => check({ PROTECTED_PATHS: '' }), /here it is "": /);
  assert.throws(() => check({ WORKSPACE_PREFIXES: '/srv' }), /WORKSPACE_PREFIXES "\/ganuda", .*"\/srv"/);
  assert.throws(
    () => check({ DATABASE_URL: 'postgres://127.0.0.1/other' }),
    /ledger db\.example:5433\/tasks, and DATABASE_URL names 127\.0\.0\.1\/other: /,
  );
});

test('settings that cannot be read are not taken for none', async t => {
  const stateDir = await tempFolder(t);
  await writeFile(join(stateDir, 'settings.json'), '{');
  assert.throws(
    () => settingsOf(stateDir, {}),
    /settings\.json is broken: remove it, and name PROTECTED_PATHS/,
  );
});
