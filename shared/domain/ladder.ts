import type { ErrorClass } from './failure.ts';

/** The numbers of `infra/ladder.json` that decisions are made by (design section 5). */
export interface LadderRules {
  readonly max_retries: number;
  /** Retry n comes after 2^n times this. */
  readonly retry_base_seconds: number;
  readonly retry_cap_seconds: number;
  /** Up to this share of a delay is added to it at random, so that what failed together does not return together. */
  readonly retry_jitter: number;
  /** A task whose attempts ended this often without a word is given to the TPM. */
  readonly max_crashes: number;
  /** Older entries never fire again by themselves (invariant 10). */
  readonly max_age_days: number;
  /** An entry that the TPM leaves unanswered this long goes to the Council. */
  readonly tpm_sla_minutes: number;
  /** So many equal votes decide an entry of the Council. */
  readonly council_quorum: number;
}

export type Level = 0 | 1 | 2 | 3;

/** An open entry as far as decisions need it. */
export interface OpenEntry {
  readonly retryCount: number;
  readonly escalationLevel: Level;
  readonly createdAt: Date;
}

/** Where an entry goes next. It is open in each case: waiting for its time, or for a person. */
export type EntryState =
  | {
      readonly status: 'retrying';
      readonly level: 0 | 1;
      readonly retryCount: number;
      readonly nextRetryAt: Date;
    }
  | { readonly status: 'unresolved'; readonly level: 2 | 3; readonly retryCount: number };

/** Who is asked at a level. */
export const escalationTargets = { 2: 'TPM', 3: 'Council' } as const;

/**
 * The next state of a task's entry after a failed attempt. Only the transient is retried by itself (invariant 10), as
 * often as the rules say and while the entry is young; the rest goes to the TPM. A level never falls here.
 *
 * @param entry the open entry, null when there is none
 * @param random from 0 to below 1
 */
export function afterFailure(
  entry: OpenEntry | null,
  errorClass: ErrorClass,
  rules: LadderRules,
  now: Date,
  random: number,
): EntryState {
  const retryCount = entry?.retryCount ?? 0;
  const mayRetry =
    errorClass === 'transient' && retryCount < rules.max_retries && !isTooOld(entry, rules, now);
  if (!mayRetry || (entry !== null && entry.escalationLevel >= 2)) return raised(entry, 2);
  return retry(entry, rules, now, random);
}

/** A message that came down the crash road: its task as the ledger knows it. */
export interface Arrival {
  /** Attempts of the task that ended without a word, the last one included. */
  readonly crashes: number;
  readonly entry: OpenEntry | null;
  /** The level of the queue that it arrived on; 0 for a crash noticed on the task queue itself. */
  readonly queueLevel: Level;
}

/**
 * The next state of a task whose message was received too often. Where the task itself crashed, it is retried until the
 * rules say that it is poison, and then raised to the queue's level or the TPM; where only the ledger was away, it is
 * tried again at level 1 and nothing is counted (invariant 9), so that an outage calls nobody. Beyond level 1 it was away,
 * and an attempt that was under way when it went could not say how it ended: one crash is not held against the task.
 */
export function afterArrival(
  { crashes, entry, queueLevel }: Arrival,
  rules: LadderRules,
  now: Date,
  random: number,
): EntryState {
  if (isTooOld(entry, rules, now) || (entry !== null && entry.escalationLevel >= 2)) return raised(entry, 2);
  if (crashes <= (queueLevel >= 2 ? 1 : 0)) {
    const retryCount = entry?.retryCount ?? 0;
    return {
      status: 'retrying',
      level: 1,
      retryCount,
      nextRetryAt: later(now, 60 * rules.retry_jitter * random),
    };
  }
  const spent = crashes >= rules.max_crashes || (entry?.retryCount ?? 0) >= rules.max_retries;
  if (spent || queueLevel >= 2) return raised(entry, queueLevel === 3 ? 3 : 2);
  return retry(entry, rules, now, random);
}

/** Whether an entry is too old to fire by itself. Work that slept through an outage waits for a person. */
function isTooOld(entry: Pick<OpenEntry, 'createdAt'> | null, rules: LadderRules, now: Date): boolean {
  return entry !== null && entry.createdAt <= oldestThatFires(rules, now);
}

/** Entries made at this time or before do not fire by themselves any more. */
export function oldestThatFires(rules: LadderRules, now: Date): Date {
  return later(now, -rules.max_age_days * 86_400);
}

/** Entries raised to the TPM at this time or before go to the Council. */
export function tpmDeadline(rules: LadderRules, now: Date): Date {
  return later(now, -rules.tpm_sla_minutes * 60);
}

/** When an entry that was raised to the TPM then goes to the Council. */
export function tpmTimeIsUp(rules: LadderRules, raisedAt: Date): Date {
  return later(raisedAt, rules.tpm_sla_minutes * 60);
}

/** The wait before retry n (from 1): 2, 4, 8 minutes with the shipped rules, capped, plus jitter. In seconds. */
export function retryDelay(n: number, rules: LadderRules, random: number): number {
  const delay = Math.min(rules.retry_base_seconds * 2 ** n, rules.retry_cap_seconds);
  return delay * (1 + rules.retry_jitter * random);
}

function retry(entry: OpenEntry | null, rules: LadderRules, now: Date, random: number): EntryState {
  const retryCount = (entry?.retryCount ?? 0) + 1;
  const level = retryCount === 1 && (entry?.escalationLevel ?? 0) === 0 ? 0 : 1;
  return {
    status: 'retrying',
    level,
    retryCount,
    nextRetryAt: later(now, retryDelay(retryCount, rules, random)),
  };
}

function raised(entry: OpenEntry | null, least: 2 | 3): EntryState {
  const level = least === 3 || entry?.escalationLevel === 3 ? 3 : 2;
  return { status: 'unresolved', level, retryCount: entry?.retryCount ?? 0 };
}

function later(now: Date, seconds: number): Date {
  return new Date(now.getTime() + Math.round(seconds * 1000));
}
