import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';

/** Asks every few milliseconds until the query answers 0. */
export async function untilNoneLeft(watch: pg.Pool, countLeft: string): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (performance.now() < deadline) {
    const { rows } = await watch.query<{ left: number }>(countLeft);
    if (Number(rows[0]?.left) === 0) return;
    await sleep(5);
  }
  throw new Error(`Tasks were left after two minutes: ${countLeft}`);
}

/** Resolves when `arrive` was called `expected` times. */
export function gate(expected: number): { readonly passed: Promise<void>; arrive(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  let left = expected;
  return {
    passed: promise,
    arrive() {
      left -= 1;
      if (left === 0) resolve();
    },
  };
}
