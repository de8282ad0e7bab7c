import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { postgresAlertLedger } from '../../shared/adapters/postgres/observe-alerts.ts';
import type { Alert } from '../../shared/domain/alert.ts';
import type { AlertLedger } from '../../shared/ports/alert-ledger.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let alerts: AlertLedger;
before(async () => {
  database = await createDatabase();
  alerts = postgresAlertLedger(database.pool);
});
after(() => database.drop());
beforeEach(() => database.owner.query('truncate jr_alerts restart identity'));

const minute = (n: number) => new Date(Date.UTC(2026, 2, 1, 12, n));
const alert = (name: string, summary = 'It burns.'): Alert => ({
  name,
  target: 'operations',
  summary,
  evidence: { degrees: 400 },
  nextAction: 'jr doctor',
});

/** Tells all that is to be told, and answers it. */
async function tell(at: Date): Promise<string[]> {
  const news = await alerts.unpublishedAlerts(100);
  for (const notice of news) await alerts.markPublished(notice, at);
  return news.map(({ scope, name, change }) => `${scope} ${name} ${change}`);
}

const rows = async () =>
  (await database.pool.query('select name, told, began_at, ended_at from jr_alerts order by id')).rows;

test('a change is news once, with what is known of it', async () => {
  await alerts.observe('a', [alert('fire')], minute(0));
  assert.deepEqual(await alerts.unpublishedAlerts(100), [
    { ...alert('fire'), id: 1, scope: 'a', change: 'begun', beganAt: minute(0), endedAt: null },
  ]);
  assert.deepEqual(await tell(minute(1)), ['a fire begun']);
  await alerts.observe('a', [alert('fire')], minute(5));
  assert.deepEqual(await tell(minute(6)), []);
  await alerts.observe('a', [], minute(10));
  assert.deepEqual(await tell(minute(11)), ['a fire over']);
  await alerts.observe('a', [], minute(15));
  assert.deepEqual(await tell(minute(16)), []);
  assert.deepEqual(await rows(), [{ name: 'fire', told: 'over', began_at: minute(0), ended_at: minute(10) }]);
});

test('the same alert later is another one', async () => {
  for (const [at, firing] of [[alert('fire')], [], [alert('fire')]].entries()) {
    await alerts.observe('a', firing, minute(at));
    await tell(minute(at));
  }
  assert.partialDeepStrictEqual(await rows(), [
    { began_at: minute(0), ended_at: minute(1) },
    { began_at: minute(2), ended_at: null },
  ]);
});

test('scopes and names are apart; a scope says only what it sees', async () => {
  await alerts.observe('a', [alert('fire'), alert('flood')], minute(0));
  await alerts.observe('b', [alert('fire')], minute(0));
  assert.deepEqual(await tell(minute(1)), ['a fire begun', 'a flood begun', 'b fire begun']);
  await alerts.observe('a', [alert('flood')], minute(2));
  assert.deepEqual(await tell(minute(3)), ['a fire over']);
});

test('what came and went untold is no news, nor is what came back before its end was told', async () => {
  await alerts.observe('a', [alert('fire')], minute(0));
  await alerts.observe('a', [], minute(1));
  assert.deepEqual(await tell(minute(2)), []);
  await alerts.observe('a', [alert('fire', 'It burns again.')], minute(3));
  assert.partialDeepStrictEqual(await alerts.unpublishedAlerts(1), [
    { summary: 'It burns again.', beganAt: minute(3) },
  ]);
  assert.deepEqual(await tell(minute(4)), ['a fire begun']);
  await alerts.observe('a', [], minute(5));
  await alerts.observe('a', [alert('fire')], minute(6));
  assert.deepEqual(await tell(minute(7)), []);
  assert.deepEqual(await rows(), [{ name: 'fire', told: 'begun', began_at: minute(3), ended_at: null }]);
});

test('what changed while people were told is told next', async () => {
  await alerts.observe('a', [alert('fire')], minute(0));
  const [begun] = await alerts.unpublishedAlerts(1);
  await alerts.observe('a', [], minute(1));
  assert.ok(begun);
  await alerts.markPublished(begun, minute(1));
  const [over] = await alerts.unpublishedAlerts(1);
  assert.equal(over?.change, 'over');
  await alerts.observe('a', [alert('fire')], minute(2));
  await alerts.markPublished(over, minute(2));
  assert.deepEqual(await tell(minute(3)), ['a fire begun']);
  await alerts.observe('a', [], minute(4));
  assert.deepEqual(await tell(minute(5)), ['a fire over']);
  await alerts.markPublished(begun, minute(6));
  assert.deepEqual(await tell(minute(7)), [], 'a mark that comes late does not open it again');
});

test('sweeps at once note a change once, and one that looked earlier undoes nothing', async () => {
  const both = [alert('fire'), alert('flood')];
  await Promise.all(Array.from({ length: 8 }, () => alerts.observe('a', both, minute(10))));
  assert.deepEqual(await tell(minute(10)), ['a fire begun', 'a flood begun']);
  await alerts.observe('a', [], minute(9));
  assert.deepEqual(await tell(minute(11)), []);
  await Promise.all(Array.from({ length: 8 }, () => alerts.observe('a', [], minute(12))));
  await alerts.observe('a', both, minute(11));
  assert.deepEqual(await tell(minute(13)), ['a fire over', 'a flood over']);
  await alerts.observe('a', both, minute(11));
  assert.deepEqual(await tell(minute(14)), []);
});

test('a name that is given twice is one alert', async () => {
  await alerts.observe('a', [alert('fire'), alert('fire')], minute(0));
  assert.deepEqual(await tell(minute(1)), ['a fire begun']);
});
