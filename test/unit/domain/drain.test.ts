import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import sweeps from '../../../infra/sweeps.json' with { type: 'json' };
import {
  type BatchFacts,
  type DrainFacts,
  nextBatchAt,
  nextStep,
  retryableClasses,
  successRate,
} from '../../../shared/domain/drain.ts';
import { everything } from '../../../shared/domain/drain-request.ts';

const now = new Date('2026-03-01T12:00:00Z');
const settings = { ...sweeps.drain, pause_claims: true, verify: true };

const beginning: DrainFacts = {
  phase: 'prepare',
  settings,
  pauseDecided: false,
  holdsPause: false,
  pausedBy: null,
  stopRequestedBy: null,
  judgedBatch: 0,
  nextBatchAt: null,
  batch: null,
  verified: null,
};

const batch = (fields: Partial<BatchFacts>): BatchFacts => ({
  number: 1,
  claimed: 0,
  rung: 0,
  succeeded: 0,
  failed: 0,
  skipped: 0,
  rungAt: now,
  worst: null,
  ...fields,
});

describe('the steps of a drain', () => {
  test('pause, categorize, give claims back, canary', () => {
    assert.equal(nextStep(beginning, now).kind, 'pause_claims');
    const paused = { ...beginning, pauseDecided: true, holdsPause: true };
    assert.equal(nextStep(paused, now).kind, 'categorize');
    assert.equal(nextStep({ ...paused, phase: 'canary' }, now).kind, 'restore_claims');
    assert.deepEqual(nextStep({ ...beginning, phase: 'canary' }, now), {
      kind: 'claim',
      batch: 1,
      size: 5,
      canary: true,
    });
  });

  test('a batch that has not ended for too long stops the run and names it', () => {
    const facts = { ...beginning, phase: 'batches', batch: batch({ rung: 3 }) } as const;
    const after = (minutes: number) => nextStep(facts, new Date(now.getTime() + minutes * 60_000));
    assert.equal(after(14).kind, 'await');
    assert.deepEqual(after(15), {
      kind: 'stop',
      reason:
        'Batch 1: 3 of its tasks have not ended after 15 minutes. See what holds them up (jr status), then resume the run.',
    });
  });

  test('95 of 100 go on, 94 stop', () => {
    const with94 = {
      ...beginning,
      phase: 'batches',
      batch: batch({ succeeded: 94, failed: 6, worst: 'CRASHED' }),
    } as const;
    assert.deepEqual(nextStep(with94, now), {
      kind: 'stop',
      reason:
        'Batch 1: 94 of 100 succeeded (94 %), 95 % have to. Most say CRASHED. Find the cause, then resume the run.',
    });
    const with95 = { ...with94, batch: batch({ succeeded: 95, failed: 5 }) };
    assert.partialDeepStrictEqual(nextStep(with95, now), { kind: 'claim', batch: 2, size: 100 });
  });

  test('the rate limit waits between batches', () => {
    const at = nextBatchAt(100, { ...settings, rate_per_second: 50 }, now);
    assert.equal(at.getTime() - now.getTime(), 2_000);
    const facts = {
      ...beginning,
      phase: 'batches',
      nextBatchAt: at,
      batch: batch({ succeeded: 100 }),
    } as const;
    assert.deepEqual(nextStep(facts, now), { kind: 'wait', until: at });
    assert.equal(nextStep(facts, at).kind, 'claim');
  });

  test('golden tasks that do not hold fail the run', () => {
    const facts = { ...beginning, phase: 'verify' } as const;
    assert.equal(nextStep(facts, now).kind, 'verify');
    assert.deepEqual(nextStep({ ...facts, verified: true }, now), { kind: 'end', status: 'completed' });
    assert.deepEqual(nextStep({ ...facts, verified: false }, now), { kind: 'end', status: 'failed' });
    assert.equal(nextStep({ ...facts, settings: { ...settings, verify: false } }, now).kind, 'end');
  });

  test('who asks it to stop waits for no workspace that is away: neither for that of its batch nor for golden tasks', () => {
    const asked = { ...beginning, stopRequestedBy: 'ada' };
    const taken = { phase: 'batches', batch: batch({ claimed: 3 }) } as const;
    assert.deepEqual(nextStep({ ...asked, ...taken }, now), { kind: 'requeue', batch: 1, waits: false });
    assert.deepEqual(nextStep({ ...beginning, ...taken }, now), { kind: 'requeue', batch: 1, waits: true });
    const stop = { kind: 'stop', reason: 'Stopped by ada.' };
    assert.deepEqual(nextStep({ ...asked, phase: 'verify' }, now), stop);
    const verified = { ...asked, phase: 'verify', verified: true } as const;
    assert.deepEqual(nextStep(verified, now), { kind: 'end', status: 'completed' });
  });

  test('only what was transient is taken unasked, and what a guard stopped never', () => {
    assert.deepEqual(retryableClasses(everything), ['transient']);
    for (const named of [{ category: ['CRASHED'] }, { ids: [1] }]) {
      const classes = retryableClasses({ ...everything, ...named });
      assert.deepEqual(classes, ['transient', 'permanent', 'poison']);
    }
    assert.deepEqual(retryableClasses({ ...everything, jr: 'Vision Jr.' }), ['transient']);
  });
});

const count = fc.nat({ max: 100 });
const arbitraryBatch = fc.record({
  number: fc.integer({ min: 1, max: 200 }),
  claimed: count,
  rung: count,
  succeeded: count,
  failed: count,
  skipped: count,
  rungAt: fc.option(fc.integer({ min: -2_000_000, max: 0 }).map(ms => new Date(now.getTime() + ms))),
  worst: fc.option(fc.constant('CRASHED')),
});
const arbitraryFacts: fc.Arbitrary<DrainFacts> = fc.record({
  phase: fc.constantFrom('prepare', 'canary', 'batches', 'verify', 'ended'),
  settings: fc.constant(settings),
  pauseDecided: fc.boolean(),
  holdsPause: fc.boolean(),
  pausedBy: fc.option(fc.constant('grace')),
  stopRequestedBy: fc.option(fc.constant('ada')),
  judgedBatch: fc.nat({ max: 200 }),
  nextBatchAt: fc.option(fc.integer({ min: -5_000, max: 5_000 }).map(ms => new Date(now.getTime() + ms))),
  batch: fc.option(arbitraryBatch),
  verified: fc.option(fc.boolean()),
});

describe('whatever the ledger says', () => {
  test('a batch is claimed only when the last has ended, was good or was judged, and nobody stopped or paused', () => {
    fc.assert(
      fc.property(arbitraryFacts, facts => {
        const step = nextStep(facts, now);
        if (step.kind !== 'claim') return;
        const { batch: last, judgedBatch } = facts;
        assert.ok(!facts.holdsPause && facts.pausedBy === null && facts.stopRequestedBy === null);
        assert.ok(facts.nextBatchAt === null || facts.nextBatchAt <= now);
        assert.equal(step.batch, (last?.number ?? 0) + 1);
        assert.ok(last === null || last.claimed + last.rung === 0);
        const rate = last === null ? null : successRate(last);
        assert.ok(rate === null || rate >= settings.min_success || (last?.number ?? 0) <= judgedBatch);
        assert.equal(step.size, step.canary ? 5 : 100);
        assert.equal(step.canary, last === null || last.number <= judgedBatch);
      }),
    );
  });

  test('it stops only where no entry is taken and not decided', () => {
    fc.assert(
      fc.property(arbitraryFacts, facts => {
        // A run goes on to verify only when a claim took nothing: then the last batch was decided.
        fc.pre(facts.phase !== 'verify' || (facts.batch?.claimed ?? 0) === 0);
        const step = nextStep(facts, now);
        if (step.kind === 'stop') assert.ok(facts.phase === 'prepare' || (facts.batch?.claimed ?? 0) === 0);
      }),
    );
  });

  test('followed to its end, a run takes every entry once and stops at nothing', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2_000 }), entries => {
        let facts: DrainFacts = beginning;
        let left = entries;
        const sizes: number[] = [];
        for (let steps = 0; steps < 500; steps++) {
          const step = nextStep(facts, now);
          switch (step.kind) {
            case 'pause_claims':
              facts = { ...facts, pauseDecided: true, holdsPause: true };
              break;
            case 'categorize':
              facts = { ...facts, phase: 'canary' };
              break;
            case 'restore_claims':
              facts = { ...facts, holdsPause: false };
              break;
            case 'claim': {
              const claimed = Math.min(left, step.size);
              left -= claimed;
              if (claimed > 0) sizes.push(claimed);
              facts =
                claimed === 0
                  ? { ...facts, phase: 'verify' }
                  : { ...facts, phase: 'batches', batch: batch({ number: step.batch, claimed }) };
              break;
            }
            case 'requeue':
              facts = { ...facts, batch: batch({ number: step.batch, rung: sizes.at(-1) ?? 0 }) };
              break;
            case 'await':
              facts = { ...facts, batch: batch({ number: step.batch, succeeded: sizes.at(-1) ?? 0 }) };
              break;
            case 'verify':
              facts = { ...facts, verified: true };
              break;
            case 'end':
              assert.equal(left, 0);
              assert.equal(
                sizes.reduce((sum, size) => sum + size, 0),
                entries,
              );
              assert.ok(sizes.length === 0 || (sizes[0] ?? 0) <= settings.canary);
              return;
            default:
              assert.fail(`${step.kind} after ${steps} steps`);
          }
        }
        assert.fail('it does not end');
      }),
      { numRuns: 50 },
    );
  });
});
