import type { Part } from './part.ts';

const batch = 1_000;
const maxBatches = 5;

const dayMs = 86_400_000;

/** Deletes attempts and steps of tasks that ended long ago, closed entries and rejected submissions of that age. */
export const forgetOldRows: Part = async ({ healthLedger, clock, retention }, late) => {
  const before = new Date(clock.now().getTime() - retention.keep_days * dayMs);
  const sum = { attempts: 0, steps: 0, entries: 0, rejected: 0 };
  let afterTask = 0;
  for (let batches = 0; batches < maxBatches && !late(); ) {
    const rows = await healthLedger.forget(before, batch, afterTask);
    const most = Math.max(rows.attempts, rows.entries, rows.rejected);
    sum.attempts += rows.attempts;
    sum.steps += rows.steps;
    sum.entries += rows.entries;
    sum.rejected += rows.rejected;
    if (most < batch && rows.next === null) break;
    // What is old and still open is only passed over.
    if (most > 0) batches += 1;
    afterTask = rows.next ?? afterTask;
  }
  return sum;
};
