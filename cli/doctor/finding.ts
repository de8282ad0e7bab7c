import type { Seen } from './facts.ts';

/** One line of the checklist. */
export interface Finding {
  readonly name: string;
  /** `warn` mends itself, or is to be watched; `bad` needs a person. */
  readonly state: 'ok' | 'warn' | 'bad';
  readonly summary: string;
  /** The command that mends it, or that tells more. */
  readonly mend: string | null;
}

export const ok = (name: string, summary: string): Finding => ({ name, state: 'ok', summary, mend: null });
export const warn = (name: string, summary: string, mend: string | null): Finding => ({
  name,
  state: 'warn',
  summary,
  mend,
});
export const bad = (name: string, summary: string, mend: string): Finding => ({
  name,
  state: 'bad',
  summary,
  mend,
});

/** Mends what is wrong with the local stack itself. */
export const restart = 'npx jr down && npx jr up';
export const sweepHealth = 'npx jr invoke health-sweep';
export const sweepLadder = 'npx jr invoke dlq-retry';

export function unknown(name: string, seen: Seen<unknown>): Finding {
  return bad(name, 'failure' in seen ? seen.failure : 'not known', restart);
}

export function known<T>(seen: Seen<T>): T | null {
  return 'value' in seen ? seen.value : null;
}

export function minutesSince(iso: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(iso)) / 60_000));
}

export function duration(minutes: number): string {
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return count(minutes, 'minute');
  return minutes < 2_880 ? `${Math.floor(minutes / 60)} hours` : `${Math.floor(minutes / 1_440)} days`;
}

export function count(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${n} ${what}s`;
}
