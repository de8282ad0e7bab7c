import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Asks again and again until the answer is neither null, undefined nor false, and gives it.
 * @param milliseconds how long to go on before the test fails
 */
export async function until<T>(
  ask: () => T | Promise<T>,
  milliseconds = 10_000,
): Promise<Exclude<Awaited<T>, null | undefined | false>> {
  const deadline = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) {
      return answer as Exclude<Awaited<T>, null | undefined | false>; // narrowed by the line above
    }
    if (Date.now() > deadline)
      throw new Error(`Did not come true within ${milliseconds} ms: ${ask.toString()}`);
    await sleep(10);
  }
}
