import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseBeforeAsking } from '../../../shared/domain/patience.ts';

test('a ledger that is away is asked again after twice as long each time, up to four seconds, and up to half sooner', () => {
  const pauses = (random: number) => [1, 2, 3, 4, 5, 6, 7].map(n => pauseBeforeAsking(n, 60_000, random));
  assert.deepEqual(pauses(0), [250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  assert.deepEqual(pauses(0.999).slice(0, 2), [125, 250]);
  assert.equal(pauseBeforeAsking(2_000, 60_000, 0), 4_000);
});

test('it is not asked again when there would be less than ten seconds left', () => {
  assert.equal(pauseBeforeAsking(1, 10_250, 0), 250);
  assert.equal(pauseBeforeAsking(1, 10_249, 0), null);
  assert.equal(pauseBeforeAsking(9, 12_000, 0.999), null);
});
