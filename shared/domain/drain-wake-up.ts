/** What drain is woken with: once for each run and purpose at a time, by its name. */
interface DrainWakeUp {
  readonly name: string;
  readonly functionName: 'drain';
  readonly payload: object;
  readonly at: Date;
}

/** A run goes on. */
export function continuationOf(runId: number, at: Date): DrainWakeUp {
  const payload = { action: 'continue', run_id: runId };
  return { name: `jr-drain-${runId}`, functionName: 'drain', payload, at };
}

/** Somebody looks whether what a run retried has come back. */
export function recheckOf(runId: number, at: Date): DrainWakeUp {
  const payload = { action: 'recheck', run_id: runId };
  return { name: `jr-drain-recheck-${runId}`, functionName: 'drain', payload, at };
}
