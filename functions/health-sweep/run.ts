import { type PartSummary, runParts } from '../../shared/flow/run-parts.ts';
import { forgetOldRows } from './forget-old-rows.ts';
import { freeChildren } from './free-children.ts';
import { measureLadderLevels } from './ladder-levels.ts';
import type { Dependencies, Part } from './part.ts';
import { releaseTasks } from './release-tasks.ts';
import { repairRows } from './repair-rows.ts';
import { measureServiceLevels } from './service-levels.ts';
import { takeBackLeases } from './take-back-leases.ts';
import { watchHalfWritten } from './watch-half-written.ts';
import { watchJrs } from './watch-jrs.ts';

/** The parts in the order in which they run. A further one is added here. */
const parts: Readonly<Record<string, Part>> = {
  leases: takeBackLeases,
  jrs: watchJrs,
  released: releaseTasks,
  children: freeChildren,
  repaired: repairRows,
  half_written: watchHalfWritten,
  forgotten: forgetOldRows,
  ladder: measureLadderLevels,
  // Last: what the other parts have mended is not measured as wrong.
  service_levels: measureServiceLevels,
};

/** What one sweep did, part by part, which parts failed, and which the next one does for want of time. */
export interface SweepSummary {
  readonly parts: Readonly<Record<string, PartSummary>>;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

/** Runs every part. One that fails is logged and stops no other. */
export async function sweep(remainingMs: () => number, deps: Dependencies): Promise<SweepSummary> {
  const { done, failed, skipped } = await runParts('health_sweep', parts, remainingMs, deps);
  deps.log.info('health_sweep.done', { ...done, failed, skipped });
  return { parts: done, failed, skipped };
}
