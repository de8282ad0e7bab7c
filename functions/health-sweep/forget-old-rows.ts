import type { Part } from './part.ts';

const batch = 1_000;
const maxBatches = 5;

const dayMs = 86_400_000;

/** Deletes attempts and steps of tasks that ended long ago, closed entries and rejected submissions of that age. */
export const forgetOldRows: Part = async ({ healthLedger, clock, retention }, late) => {
  const before = new Date(clock.now().getTime() - retention.keep_days * dayMs);
  const sum = { attempts: 0, steps: 0, entries: 0, rejected: 0 };
  for (let i = 0; i < maxBatches && !late(); i++) {
    const rows = await healthLedger.forget(before, batch);
    sum.attempts += rows.attempts;
    sum.steps += rows.steps;
    sum.entries += rows.entries;
    sum.rejected += rows.rejected;
    if (Math.max(rows.attempts, rows.entries, rows.rejected) < batch) break;
  }
  return sum;
};
