/** The numbers of `infra/sweeps.json` by which a Jr is alive or not. */
export interface LivenessRules {
  /** A ping that comes back within this time proves the road through queue, function and ledger. */
  readonly answer_within_minutes: number;
  /** When the pings of one sweep are delivered, so that a Jr is seen between two sweeps as well. */
  readonly ping_delays_seconds: readonly number[];
  /** The wait before the first revival; it doubles with every further failure. */
  readonly pause_minutes: number;
  readonly pause_cap_minutes: number;
  /** So many failures in a row, and a person has to revive it. */
  readonly max_failures: number;
  /** A Jr that stayed alive this long starts again without failures; one that flaps keeps them. */
  readonly forget_failures_after_minutes: number;
}

/** "Are you there?" A message that execute-task answers by noting that the Jr was seen. */
export interface Ping {
  readonly jrName: string;
  readonly delaySeconds: number;
  /** When the queue can deliver it: what lies between then and its arrival is how long the road took. */
  readonly sentAt: Date;
}

export type BreakerState = 'closed' | 'open' | 'half_open';

/**
 * The circuit breaker of a Jr. `closed`: it is given work and asked by every sweep. `open`: it fell silent, and is left
 * alone until `nextTryAt`. `half_open`: it is asked once, and the answer decides.
 */
export interface Breaker {
  readonly state: BreakerState;
  readonly failures: number;
  /** Since when it is not closed. Whoever was seen later is alive, whatever was planned. */
  readonly openedAt: Date | null;
  readonly nextTryAt: Date | null;
  readonly closedAt: Date | null;
}

/** A Jr in service, as far as its being alive is decided. */
export interface WatchedJr {
  readonly name: string;
  readonly lastSeen: Date | null;
  /** When the oldest ping was sent that it has not answered, as far as `lastSeen` is not later. */
  readonly pingedAt: Date | null;
  readonly breaker: Breaker;
}

/** What a sweep decides about one Jr; only where something changes. */
export interface Verdict {
  readonly name: string;
  readonly kind: 'silent' | 'tried' | 'still_silent' | 'back' | 'forgiven';
  readonly breaker: Breaker;
  readonly isOnline: boolean;
}

/** The pings of one sweep for these Jrs. */
export function pingsFor(jrNames: readonly string[], rules: LivenessRules, now: Date): Ping[] {
  return rules.ping_delays_seconds.flatMap(delaySeconds =>
    jrNames.map(jrName => ({
      jrName,
      delaySeconds,
      sentAt: new Date(now.getTime() + delaySeconds * 1000),
    })),
  );
}

/** Pings sent at this time or before that are unanswered, or come back now, count as no answer. */
export function oldestAnswer(rules: LivenessRules, now: Date): Date {
  return earlier(now, rules.answer_within_minutes);
}

/** Whether a ping that arrives now says that its Jr is alive. `sentAt` is when the queue could deliver it. */
export function countsAsAnswer(sentAt: Date, rules: LivenessRules, now: Date): boolean {
  return sentAt > oldestAnswer(rules, now);
}

function isAlive({ lastSeen }: Pick<WatchedJr, 'lastSeen'>, rules: LivenessRules, now: Date): boolean {
  return lastSeen !== null && lastSeen > oldestAnswer(rules, now);
}

/**
 * Whether nobody in service answers what was asked: then it is the road that is broken (or jammed), and not this Jr or
 * that. Who has answered all that it was asked, and was asked nothing since because a sweep was missed, is no sign of it.
 */
export function isRoadDown(jrs: readonly WatchedJr[], rules: LivenessRules, now: Date): boolean {
  const owesNothing = (jr: WatchedJr) =>
    jr.breaker.state === 'closed' && jr.lastSeen !== null && !hasNotAnswered(jr, rules, now);
  return !jrs.some(jr => isAlive(jr, rules, now) || owesNothing(jr));
}

/** Whether a Jr has failed so often that only a person revives it. */
export function isGivenUp(
  { breaker }: { readonly breaker: Pick<Breaker, 'state' | 'failures'> },
  rules: LivenessRules,
): boolean {
  return breaker.state === 'open' && breaker.failures >= rules.max_failures;
}

/**
 * What becomes of every Jr in service. A silent one is taken offline and left alone for a pause that doubles with each
 * failure; after it is over the Jr is tried once. Whoever was seen since is back, by an answer of whatever age or by a
 * heartbeat of its own. A failure is counted only while somebody else is seen (an outage costs no retry, invariant 9).
 * While the road is down each is asked again as soon as the last asking has failed: when it is mended, all are back at once.
 */
export function watch(jrs: readonly WatchedJr[], rules: LivenessRules, now: Date): Verdict[] {
  const road = { isDown: isRoadDown(jrs, rules, now), isProved: jrs.some(jr => isAlive(jr, rules, now)) };
  return jrs.flatMap(jr => {
    const verdict = judge(jr, road, rules, now);
    return verdict === null ? [] : [{ name: jr.name, ...verdict }];
  });
}

/** What is known of the way through queue, function and ledger. Where nobody was asked it is neither. */
interface Road {
  readonly isDown: boolean;
  readonly isProved: boolean;
}

function judge(jr: WatchedJr, road: Road, rules: LivenessRules, now: Date): Omit<Verdict, 'name'> | null {
  const { breaker, lastSeen } = jr;
  const silent = hasNotAnswered(jr, rules, now);
  if (breaker.state === 'closed') {
    if (silent) return { kind: 'silent', ...fail(jr, road, rules, now) };
    const forgiven =
      breaker.failures > 0 &&
      (breaker.closedAt === null || breaker.closedAt <= earlier(now, rules.forget_failures_after_minutes));
    if (!forgiven) return null;
    return { kind: 'forgiven', breaker: { ...breaker, failures: 0 }, isOnline: isAlive(jr, rules, now) };
  }
  if (lastSeen !== null && breaker.openedAt !== null && lastSeen > breaker.openedAt) {
    const closed = { state: 'closed', nextTryAt: null, closedAt: now } as const;
    return { kind: 'back', breaker: { ...breaker, ...closed }, isOnline: isAlive(jr, rules, now) };
  }
  if (breaker.state === 'half_open') {
    return silent ? { kind: 'still_silent', ...fail(jr, road, rules, now) } : null;
  }
  const due = breaker.nextTryAt !== null && breaker.nextTryAt <= now && !isGivenUp(jr, rules);
  return due || road.isDown ? { kind: 'tried', ...halfOpen(breaker) } : null;
}

/** Asked long enough ago, and not seen since. */
function hasNotAnswered({ pingedAt, lastSeen }: WatchedJr, rules: LivenessRules, now: Date): boolean {
  return (
    pingedAt !== null && pingedAt <= oldestAnswer(rules, now) && (lastSeen === null || lastSeen < pingedAt)
  );
}

function fail({ breaker }: WatchedJr, road: Road, rules: LivenessRules, now: Date) {
  if (!road.isProved) return halfOpen({ ...breaker, openedAt: now });
  const failures = breaker.failures + 1;
  const nextTryAt = new Date(now.getTime() + pauseMinutes(failures, rules) * 60_000);
  return {
    breaker: { ...breaker, state: 'open' as const, failures, openedAt: now, nextTryAt },
    isOnline: false,
  };
}

function halfOpen(breaker: Breaker) {
  return { breaker: { ...breaker, state: 'half_open' as const, nextTryAt: null }, isOnline: false };
}

/** The pause after failure n (from 1): 5, 10, 20, 40 minutes with the shipped rules, capped at an hour. */
export function pauseMinutes(n: number, { pause_minutes, pause_cap_minutes }: LivenessRules): number {
  return Math.min(pause_minutes * 2 ** (n - 1), pause_cap_minutes);
}

function earlier(now: Date, minutes: number): Date {
  return new Date(now.getTime() - minutes * 60_000);
}
