import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { batchLine, describeRun, progressLine } from '../../../cli/drain-text.ts';
import sweeps from '../../../infra/sweeps.json' with { type: 'json' };
import { categoriesOf } from '../../../shared/domain/category.ts';
import { reportOf } from '../../../shared/domain/drain-report.ts';
import type { DrainBatchView, DrainRunView } from '../../../shared/ports/drain-view.ts';

const began = '2026-03-01T12:00:00Z';

function batch(number: number, entries: number, fields: Partial<DrainBatchView> = {}): DrainBatchView {
  return {
    batch: number,
    entries,
    claimed: 0,
    rung: 0,
    succeeded: entries,
    failed: 0,
    skipped: 0,
    began_at: began,
    settled_at: began,
    ...fields,
  };
}

const run: DrainRunView = {
  id: 7,
  action: 'drain',
  status: 'running',
  phase: 'batches',
  filter: { category: null, ids: null, older_than_minutes: null, newer_than_minutes: null, jr: null },
  settings: { ...sweeps.drain, pause_claims: false, verify: true },
  operator: 'ada',
  reason: 'the network is back',
  claims_paused_before: null,
  holds_pause: false,
  total: 205,
  taken: 105,
  succeeded: 79,
  failed: 1,
  skipped: 0,
  batches: [batch(1, 5), batch(2, 100, { succeeded: 74, failed: 1, rung: 25, settled_at: null })],
  outcomes: [],
  retried: [],
  categories: null,
  stop_requested_by: null,
  stop_reason: null,
  verification: null,
  report: null,
  recheck: null,
  export: null,
  created_at: began,
  heartbeat_at: null,
  ended_at: null,
};

describe('a drain on a terminal', () => {
  test('a line that is drawn again and again is never broken in two: what does not fit is left out', () => {
    const shown = (columns: number) => progressLine(run, new Date('2026-03-01T12:00:40Z'), columns);
    assert.equal(shown(40), 'drain 7  ████████░░░░░░░░░░░░  80/205');
    assert.equal(shown(38), shown(40));
    assert.equal(
      shown(37),
      'drain 7  ████████░░░░░░░░░░░░',
      'in the last column some terminals break already',
    );
  });

  test('the bar, the batch, the success and the time that is left', () => {
    const line = progressLine(run, new Date('2026-03-01T12:00:40Z'));
    assert.equal(
      line,
      'drain 7  ████████░░░░░░░░░░░░  80/205  batch 2 (100)  98.7 % succeeded  about 63 s left',
    );
    const before = {
      ...run,
      phase: 'prepare',
      total: null,
      taken: 0,
      succeeded: 0,
      failed: 0,
      batches: [],
    } as const;
    assert.equal(progressLine(before, new Date(began)), 'drain 7  ░░░░░░░░░░░░░░░░░░░░  0/?  prepare');
  });

  test('a batch in a line', () => {
    assert.equal(batchLine(run, batch(1, 5)), 'canary (5): 5 of 5 succeeded');
    assert.equal(
      batchLine(run, batch(2, 100, { succeeded: 96, failed: 1, skipped: 3 })),
      'batch 2 (100): 96 of 97 succeeded, 3 left alone',
    );
  });

  test('a filter that nothing is like, as a code that is misspelt, is said to be one', () => {
    const none = { ...run, status: 'completed', total: 0, taken: 0, batches: [] } as const;
    const says = /\n\nNo open entry that it may retry is like that: "npx jr drain categorize"/;
    const misspelt = { ...none, filter: { ...run.filter, category: ['SEARCH_NOTFOUND'] } };
    assert.match(describeRun(misspelt, new Date(began)), says);
    assert.doesNotMatch(describeRun(none, new Date(began)), says);
  });

  test('advice on what is left is given while that is fresh; later the entry that it names may be closed', () => {
    const left = categoriesOf([
      {
        error_code: 'NO_STEPS',
        error_class: 'permanent',
        count: 1,
        at_cap: 0,
        first_seen: began,
        last_seen: began,
        example_entry: 16,
        example_task: 15,
        example_reason: 'It has no step.',
        target_files: [],
        jrs: [],
      },
    ]);
    const report = reportOf(
      { taken: 2, succeeded: 1, failed: 1, skipped: 0, batches: 1 },
      { before: [{ count: 2 }], left },
      { began: new Date(began), ended: new Date(began), looksAgainAt: new Date('2026-03-02T12:00:00Z') },
    );
    const ended = { ...run, status: 'completed', ended_at: began, report } as const;
    const fresh = describeRun(ended, new Date('2026-03-01T12:00:30Z'));
    assert.match(fresh, /\nOpen entries: 2 before, 1 now\.\n(?:.*\n)*NO_STEPS: .*npx jr dlq replay 16 /);
    assert.match(fresh, /\nIt looks again at 2026-03-02 12:00:00Z whether a category has come back\.$/);

    const at = '2026-03-02T12:00:01Z';
    const later = (back: { category: string; count: number }[]) =>
      describeRun({ ...ended, recheck: { at, came_back: back } }, new Date('2026-03-03T12:00:00Z'));
    assert.match(later([]), /\nOpen entries: 2 before, 1 when it ended\.\n(?:.*\n)*NO_STEPS +permanent/);
    assert.match(later([]), /\nWhat is open now: npx jr drain categorize\n/);
    assert.doesNotMatch(later([]), /replay 16/);
    assert.match(later([]), /\nIt looked again at 2026-03-02 12:00:01Z: no category has come back\.$/);
    assert.match(later([{ category: 'CRASHED', count: 3 }]), /: CRASHED \(3\) had come back\.$/);
  });

  test('a run that is silent says since when, and when it goes on by itself', () => {
    const silent = { ...run, heartbeat_at: began };
    assert.match(
      describeRun(silent, new Date('2026-03-01T12:01:01Z')),
      /\nNothing was heard of it since 2026-03-01 12:00:00Z: where it was killed it goes on by itself within/,
    );
    assert.doesNotMatch(describeRun(silent, new Date('2026-03-01T12:00:30Z')), /Nothing was heard/);
  });

  test('a stopped run says why and how it goes on', () => {
    const stopped = { ...run, status: 'stopped', stop_reason: 'Stopped by ada: Ctrl-C.' } as const;
    const text = describeRun(stopped, new Date(began));
    assert.match(text, /^drain 7 {2}stopped {2}by ada: the network is back\nStopped by ada: Ctrl-C\.\n/);
    assert.match(text, /\nGo on with it: npx jr drain resume 7 --reason /);
  });
});
