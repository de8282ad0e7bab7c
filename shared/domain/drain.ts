import type { ErrorClass } from './failure.ts';

/** The numbers that a drain goes by; a run keeps those that it began with. */
export interface DrainSettings {
  /** Entries of the first batch, and of the first one after a stop. */
  readonly canary: number;
  readonly batch: number;
  /** Entries a second, at most. */
  readonly rate_per_second: number;
  /** A batch with a smaller share of successes stops the run. */
  readonly min_success: number;
  /** A task that was put back this often is left to a person. */
  readonly max_replays: number;
  /** A batch that has not ended after this long stops the run. */
  readonly settle_minutes: number;
  /** Whether claims are paused while it looks around. */
  readonly pause_claims: boolean;
  /** Whether the golden tasks are run at the end. */
  readonly verify: boolean;
}

/** Which entries: each part narrows it, null does not. */
export interface EntrySelection {
  /** Error codes. */
  readonly category: readonly string[] | null;
  readonly ids: readonly number[] | null;
  readonly older_than_minutes: number | null;
  readonly newer_than_minutes: number | null;
  readonly jr: string | null;
}

export type DrainStatus = 'running' | 'stopped' | 'completed' | 'failed';
export type DrainPhase = 'prepare' | 'canary' | 'batches' | 'verify' | 'ended';

/** The last batch that a run took, in counts of entries. */
export interface BatchFacts {
  readonly number: number;
  /** Taken, and not yet back in the queue. */
  readonly claimed: number;
  /** Back in the queue, and not yet ended. */
  readonly rung: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly skipped: number;
  /** When the last of it went back to the queue. */
  readonly rungAt: Date | null;
  /** What most of its failures say; null without failures. */
  readonly worst: string | null;
}

/** All that the next step of a run depends on. */
export interface DrainFacts {
  readonly phase: DrainPhase;
  readonly settings: DrainSettings;
  /** Whether the run has looked at how claims were. */
  readonly pauseDecided: boolean;
  readonly holdsPause: boolean;
  /** Who else has paused claims; null when they run, or when it is the run's own pause. */
  readonly pausedBy: string | null;
  readonly stopRequestedBy: string | null;
  /** A person let the run go on after this batch, whatever came of it. */
  readonly judgedBatch: number;
  readonly nextBatchAt: Date | null;
  /** Null before the first. */
  readonly batch: BatchFacts | null;
  /** Whether verification is done, and what came of it; null before. */
  readonly verified: boolean | null;
}

/** What a run does next. */
export type DrainStep =
  | { readonly kind: 'pause_claims' }
  /** Counts what there is; the run goes on to its canary. */
  | { readonly kind: 'categorize' }
  | { readonly kind: 'restore_claims' }
  /** Takes the next batch; when nothing is left to take, the run goes on to verify. */
  | { readonly kind: 'claim'; readonly batch: number; readonly size: number; readonly canary: boolean }
  /** Puts the batch that was taken back into the queue. `waits`: for a workspace that is away, as long as that takes. */
  | { readonly kind: 'requeue'; readonly batch: number; readonly waits: boolean }
  /** Looks again a little later whether the batch has ended. */
  | { readonly kind: 'await'; readonly batch: number }
  | { readonly kind: 'wait'; readonly until: Date }
  | { readonly kind: 'verify' }
  | { readonly kind: 'stop'; readonly reason: string }
  | { readonly kind: 'end'; readonly status: 'completed' | 'failed' };

/**
 * The next step of a run, from what its ledger says alone: so that whoever goes on with it, after a deadline or a crash,
 * does the same. Each batch has ended before the next begins, and a run stops only between batches, or before it verifies.
 */
export function nextStep(facts: DrainFacts, now: Date): DrainStep {
  const { phase, settings, batch } = facts;
  switch (phase) {
    case 'prepare':
      if (facts.stopRequestedBy !== null) return stopAsked(facts.stopRequestedBy);
      if (settings.pause_claims && !facts.pauseDecided) return { kind: 'pause_claims' };
      return { kind: 'categorize' };
    case 'canary':
    case 'batches':
      if (facts.holdsPause) return { kind: 'restore_claims' };
      if (batch !== null && batch.claimed > 0) {
        return { kind: 'requeue', batch: batch.number, waits: facts.stopRequestedBy === null };
      }
      if (batch !== null && batch.rung > 0) return unsettled(batch, settings, now);
      return between(facts, now);
    case 'verify':
      if (settings.verify && facts.verified === null) {
        return facts.stopRequestedBy === null ? { kind: 'verify' } : stopAsked(facts.stopRequestedBy);
      }
      return { kind: 'end', status: facts.verified === false ? 'failed' : 'completed' };
    case 'ended':
      return { kind: 'end', status: facts.verified === false ? 'failed' : 'completed' };
  }
}

/** The share of a batch that succeeded, of what was tried; null when nothing was. */
export function successRate({ succeeded, failed }: Pick<BatchFacts, 'succeeded' | 'failed'>): number | null {
  return succeeded + failed === 0 ? null : succeeded / (succeeded + failed);
}

/** When the next batch may begin, so that no more entries a second go out than the settings say. */
export function nextBatchAt(entries: number, { rate_per_second }: DrainSettings, now: Date): Date {
  return new Date(now.getTime() + Math.ceil((entries / rate_per_second) * 1000));
}

/**
 * The classes that a run may touch. By itself only what was transient (invariant 10); what is permanent or killed its
 * process only when a person named it, and then what is permanent only where its plan holds today. What a guard stopped
 * is never retried: it needs an approval.
 */
export function retryableClasses({ category, ids }: EntrySelection): readonly ErrorClass[] {
  return category === null && ids === null ? ['transient'] : ['transient', 'permanent', 'poison'];
}

/** The last batch has ended, or there was none. */
function between(facts: DrainFacts, now: Date): DrainStep {
  const { settings, batch, judgedBatch } = facts;
  if (batch !== null && batch.number > judgedBatch) {
    const rate = successRate(batch);
    if (rate !== null && rate < settings.min_success)
      return { kind: 'stop', reason: tooFew(batch, settings) };
  }
  if (facts.stopRequestedBy !== null) return stopAsked(facts.stopRequestedBy);
  if (facts.pausedBy !== null) {
    const reason = `Claims are paused by ${facts.pausedBy}: nothing that is retried would run. Resume claims (npx jr resume), then the run.`;
    return { kind: 'stop', reason };
  }
  if (facts.nextBatchAt !== null && facts.nextBatchAt > now)
    return { kind: 'wait', until: facts.nextBatchAt };
  // The first batch, and the first one after a person let a stopped run go on.
  const canary = batch === null || batch.number <= judgedBatch;
  return {
    kind: 'claim',
    batch: (batch?.number ?? 0) + 1,
    size: canary ? settings.canary : settings.batch,
    canary,
  };
}

function unsettled(batch: BatchFacts, { settle_minutes }: DrainSettings, now: Date): DrainStep {
  const waited = batch.rungAt === null ? 0 : now.getTime() - batch.rungAt.getTime();
  if (waited < settle_minutes * 60_000) return { kind: 'await', batch: batch.number };
  const reason = `Batch ${batch.number}: ${batch.rung === 1 ? '1 of its tasks has' : `${batch.rung} of its tasks have`} not ended after ${settle_minutes} minutes. See what holds them up (jr status), then resume the run.`;
  return { kind: 'stop', reason };
}

function stopAsked(by: string): DrainStep {
  return { kind: 'stop', reason: `Stopped by ${by}.` };
}

function tooFew(batch: BatchFacts, { min_success }: DrainSettings): string {
  const { number, succeeded, failed, worst } = batch;
  const share = percent(succeeded / (succeeded + failed));
  const cause = worst === null ? '' : ` Most say ${worst}.`;
  return `Batch ${number}: ${succeeded} of ${succeeded + failed} succeeded (${share}), ${percent(min_success)} have to.${cause} Find the cause, then resume the run.`;
}

/** Rounded down: 94.9 % is not 95 %. */
function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}
