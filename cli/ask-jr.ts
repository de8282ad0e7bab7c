import { JrError } from '../shared/domain/failure.ts';
import { pingsFor } from '../shared/domain/liveness.ts';
import { UsageError } from './failures.ts';
import { complain } from './print.ts';
import type { StackClient } from './stack-client.ts';

/** Asks a Jr whether it is there, as the health sweep does. A queue that is away leaves it to the sweep. */
export async function askJr(
  { queue, jrLedger, liveness }: Pick<StackClient, 'queue' | 'jrLedger' | 'liveness'>,
  name: string,
): Promise<void> {
  const now = new Date();
  try {
    await queue.ping(pingsFor([name], liveness, now));
  } catch (error) {
    if (!(error instanceof JrError) || error.code !== 'QUEUE_UNAVAILABLE') throw error;
    complain(`jr: ${name} could not be asked: ${error.message} The next health sweep asks it.\n`);
    return;
  }
  await jrLedger.notePinged([name], now);
}

export function unknownJr(name: string): UsageError {
  return new UsageError(`There is no Jr ${JSON.stringify(name)}: "npx jr workers" lists them.`);
}
