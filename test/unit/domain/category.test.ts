import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type CategoryCount, categoriesOf } from '../../../shared/domain/category.ts';
import { recurrences, reportOf } from '../../../shared/domain/drain-report.ts';

const counts: fc.Arbitrary<CategoryCount> = fc
  .record({
    error_code: fc.option(fc.constantFrom('CRASHED', 'LIMIT_EXCEEDED', 'WORKSPACE_IO', 'SEARCH_NOT_FOUND')),
    error_class: fc.option(fc.constantFrom('transient', 'permanent', 'approval', 'poison')),
    count: fc.integer({ min: 1, max: 100 }),
    at_cap: fc.nat({ max: 100 }),
    example_entry: fc.nat(),
    example_task: fc.nat(),
  })
  .map(fields => ({
    first_seen: '2026-03-01T12:00:00Z',
    last_seen: '2026-03-01T13:00:00Z',
    example_reason: 'x',
    target_files: [],
    jrs: [],
    ...fields,
    at_cap: Math.min(fields.at_cap, fields.count),
  }));

describe('categories', () => {
  test('nothing is lost, the largest is first, each says what to do and names a command', () => {
    fc.assert(
      fc.property(fc.array(counts), given => {
        const categories = categoriesOf(given);
        const sum = (list: readonly { count: number }[]) => list.reduce((n, { count }) => n + count, 0);
        assert.equal(sum(categories), sum(given));
        for (const [i, category] of categories.entries()) {
          assert.ok(i === 0 || (categories[i - 1]?.count ?? 0) >= category.count);
          assert.equal(category.category, category.error_code ?? 'UNKNOWN');
          assert.match(category.suggested_action, /jr (drain|dlq|approve)/);
          assert.equal(
            category.retried_by_drain,
            category.error_class === 'transient' && category.at_cap < category.count,
          );
        }
      }),
    );
  });
});

describe('the report', () => {
  test('counts what was tried, not what was left alone', () => {
    const times = { began: new Date(0), ended: new Date(90_400), looksAgainAt: new Date(86_400_000) };
    const counted = { taken: 12, succeeded: 9, failed: 1, skipped: 2, batches: 2 };
    assert.deepEqual(reportOf(counted, { before: [{ count: 12 }], left: [] }, times), {
      ...counted,
      success_rate: 0.9,
      duration_seconds: 90,
      open_before: 12,
      open_after: 0,
      left: [],
      looks_again_at: '1970-01-02T00:00:00.000Z',
    });
  });

  test('only what was retried can come back', () => {
    assert.deepEqual(
      recurrences(
        ['WORKSPACE_IO', 'CRASHED'],
        [
          { category: 'WORKSPACE_IO', count: 2 },
          { category: 'NO_STEPS', count: 7 },
          { category: 'CRASHED', count: 0 },
        ],
      ),
      [{ category: 'WORKSPACE_IO', count: 2 }],
    );
  });
});
