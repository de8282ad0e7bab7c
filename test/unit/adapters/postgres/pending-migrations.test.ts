import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pendingMigrations } from '../../../../shared/adapters/postgres/migrate.ts';

const file = (name: string, checksum = name) => ({ name, checksum });

test('what is recorded is left out, the rest stays in order', () => {
  const files = [file('0001_a.sql'), file('0002_b.sql'), file('0003_c.sql')];
  assert.deepEqual(pendingMigrations(files, [file('0001_a.sql')]), files.slice(1));
});

test('the order of the recorded rows does not matter', () => {
  const files = [file('0001_a.sql'), file('0002_b.sql')];
  assert.deepEqual(pendingMigrations(files, [...files].reverse()), []);
});
