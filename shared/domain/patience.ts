const firstPauseMs = 250;
const longestPauseMs = 4_000;

/** A server that is gone without a word takes five seconds not to answer, and with what it says bells have to be rung. */
const marginMs = 10_000;

/**
 * How long to wait before a ledger that was away is asked again: twice as long each time, and spread, so that many who lost
 * it together do not return together. In milliseconds; null when there is no time left for it.
 *
 * @param asked how many times it was asked before, from 1
 * @param random from 0 to below 1
 */
export function pauseBeforeAsking(asked: number, remainingMs: number, random: number): number | null {
  const longest = Math.min(firstPauseMs * 2 ** (asked - 1), longestPauseMs);
  const pauseMs = Math.round(longest * (1 - random / 2));
  return remainingMs - pauseMs < marginMs ? null : pauseMs;
}
