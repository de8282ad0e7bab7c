import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minute, moment } from '../../../cli/moment.ts';

test('a time is shown in UTC, to the second or to the minute', () => {
  assert.equal(moment('2026-03-01T13:02:10.123+01:00'), '2026-03-01 12:02:10Z');
  assert.equal(minute('2026-03-01T13:02:10.123+01:00'), '2026-03-01 12:02Z');
});

test('a time that no Date is is shown as SQL wrote it: one such row kept everybody from the list of tasks', () => {
  assert.equal(moment('infinity'), 'infinity');
  assert.equal(minute('-infinity'), '-infinity');
});
