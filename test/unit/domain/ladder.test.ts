import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import ladder from '../../../infra/ladder.json' with { type: 'json' };
import {
  type Arrival,
  afterArrival,
  afterFailure,
  type EntryState,
  type Level,
  type OpenEntry,
  retryDelay,
} from '../../../shared/domain/ladder.ts';

const { rules } = ladder;
const now = new Date('2026-03-01T12:00:00Z');
const ago = (days: number) => new Date(now.getTime() - days * 86_400_000);
const entry = (fields: Partial<OpenEntry> = {}): OpenEntry => ({
  retryCount: 0,
  escalationLevel: 0,
  createdAt: now,
  ...fields,
});

test('retries come after 2, 4 and 8 minutes, plus up to a quarter, capped', () => {
  assert.deepEqual(
    [1, 2, 3].map(n => retryDelay(n, rules, 0)),
    [120, 240, 480],
  );
  assert.equal(retryDelay(1, rules, 1), 150);
  assert.equal(retryDelay(20, rules, 0), rules.retry_cap_seconds);
});

describe('a failed attempt', () => {
  test('that is transient is retried max_retries times: first at level 0, then at level 1, then the TPM has it', () => {
    const states: EntryState[] = [];
    let open: OpenEntry | null = null;
    for (let i = 0; i <= rules.max_retries; i++) {
      const state = afterFailure(open, 'transient', rules, now, 0);
      states.push(state);
      open = entry({ retryCount: state.retryCount, escalationLevel: state.level });
    }
    assert.deepEqual(
      states.map(({ status, level, retryCount }) => [status, level, retryCount]),
      [
        ['retrying', 0, 1],
        ['retrying', 1, 2],
        ['retrying', 1, 3],
        ['unresolved', 2, 3],
      ],
    );
  });

  test('that is permanent or needs an approval goes to the TPM at once', () => {
    for (const errorClass of ['permanent', 'approval'] as const) {
      assert.deepEqual(afterFailure(null, errorClass, rules, now, 0), {
        status: 'unresolved',
        level: 2,
        retryCount: 0,
      });
    }
  });

  test('of an old entry waits for a person (invariant 10)', () => {
    const old = entry({ retryCount: 1, createdAt: ago(rules.max_age_days) });
    assert.equal(afterFailure(old, 'transient', rules, now, 0).level, 2);
  });

  test('stays with the Council where the Council had it', () => {
    assert.equal(afterFailure(entry({ escalationLevel: 3 }), 'transient', rules, now, 0).level, 3);
  });
});

describe('a message that came down the crash road', () => {
  test('of a task that never crashed is tried again at level 1, and nothing is counted (invariant 9)', () => {
    for (const queueLevel of [1, 2, 3] as const) {
      const state = afterArrival({ crashes: 0, entry: null, queueLevel }, rules, now, 0);
      assert.deepEqual(state, { status: 'retrying', level: 1, retryCount: 0, nextRetryAt: now });
    }
  });

  test('of a task that crashed is retried until it is poison, and then raised to the level of its queue', () => {
    const state = (crashes: number, queueLevel: Level) =>
      afterArrival({ crashes, entry: null, queueLevel }, rules, now, 0);
    assert.equal(state(1, 1).status, 'retrying');
    assert.deepEqual(state(rules.max_crashes, 1), { status: 'unresolved', level: 2, retryCount: 0 });
    assert.equal(state(2, 2).level, 2);
    assert.equal(state(2, 3).level, 3);
  });

  test('beyond level 1 one crash may be an attempt that was under way when the ledger went: it is tried again', () => {
    for (const queueLevel of [2, 3] as const) {
      const state = afterArrival({ crashes: 1, entry: null, queueLevel }, rules, now, 0);
      assert.deepEqual(state, { status: 'retrying', level: 1, retryCount: 0, nextRetryAt: now });
    }
  });

  test('of a task that a person has stays with that person, and one whose retries are spent is raised', () => {
    const state = (crashes: number, open: Partial<OpenEntry>) =>
      afterArrival({ crashes, entry: entry(open), queueLevel: 1 }, rules, now, 0);
    for (const crashes of [0, 1])
      for (const escalationLevel of [2, 3] as const)
        assert.deepEqual(state(crashes, { escalationLevel }), {
          status: 'unresolved',
          level: escalationLevel,
          retryCount: 0,
        });
    assert.equal(state(1, { retryCount: rules.max_retries - 1 }).status, 'retrying');
    assert.deepEqual(state(1, { retryCount: rules.max_retries }), {
      status: 'unresolved',
      level: 2,
      retryCount: rules.max_retries,
    });
  });
});

describe('whatever happens', () => {
  const anyEntry = fc.option(
    fc.record({
      retryCount: fc.integer({ min: 0, max: 5 }),
      escalationLevel: fc.constantFrom<Level>(0, 1, 2, 3),
      createdAt: fc.integer({ min: 0, max: 20 }).map(ago),
    }),
  );
  const random = fc.double({ min: 0, max: 0.999, noNaN: true });
  const errorClass = fc.constantFrom('transient', 'permanent', 'approval', 'poison');
  const outcome = fc.oneof(
    fc
      .tuple(anyEntry, errorClass, random)
      .map(([open, c, r]) => ({ open, next: afterFailure(open, c, rules, now, r) })),
    fc
      .tuple(anyEntry, fc.integer({ min: 0, max: 5 }), fc.constantFrom<Level>(0, 1, 2, 3), random)
      .map(([open, crashes, queueLevel, r]) => {
        const arrival: Arrival = { crashes, entry: open, queueLevel };
        return { open, next: afterArrival(arrival, rules, now, r) };
      }),
  );

  test('retries only grow, a level never falls, no time lies in the past, and retries end', () => {
    fc.assert(
      fc.property(outcome, ({ open, next }) => {
        assert.ok(next.retryCount >= (open?.retryCount ?? 0));
        assert.ok(next.level >= (open?.escalationLevel ?? 0));
        if (next.status === 'retrying') {
          assert.ok(next.nextRetryAt >= now);
          assert.ok(next.retryCount <= Math.max(rules.max_retries, open?.retryCount ?? 0));
        }
      }),
    );
  });

  test('every road ends at a person when nothing succeeds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(errorClass, random), { minLength: 10, maxLength: 10 }), failures => {
        let open: OpenEntry | null = null;
        for (const [c, r] of failures) {
          const next: EntryState = afterFailure(open, c, rules, now, r);
          open = entry({ retryCount: next.retryCount, escalationLevel: next.level });
        }
        assert.ok(open !== null && open.escalationLevel >= 2);
      }),
    );
  });
});
