import { forgetOldRows } from './forget-old-rows.ts';
import { freeChildren } from './free-children.ts';
import { measureLadderLevels } from './ladder-levels.ts';
import type { Dependencies, Part, PartSummary } from './part.ts';
import { releaseTasks } from './release-tasks.ts';
import { repairRows } from './repair-rows.ts';
import { measureServiceLevels } from './service-levels.ts';
import { takeBackLeases } from './take-back-leases.ts';
import { watchJrs } from './watch-jrs.ts';

/** The parts in the order in which they run. A further one is added here. */
const parts: Readonly<Record<string, Part>> = {
  leases: takeBackLeases,
  jrs: watchJrs,
  released: releaseTasks,
  children: freeChildren,
  repaired: repairRows,
  forgotten: forgetOldRows,
  ladder: measureLadderLevels,
  // Last: what the other parts have mended is not measured as wrong.
  service_levels: measureServiceLevels,
};

/** What one sweep did, part by part, and which parts failed. */
export interface SweepSummary {
  readonly parts: Readonly<Record<string, PartSummary>>;
  readonly failed: readonly string[];
}

/** With less than this left to the function no batch and no part is begun; the next sweep does it. */
const deadlineMarginMs = 10_000;

/** Runs every part. One that fails is logged and stops no other. */
export async function sweep(remainingMs: () => number, deps: Dependencies): Promise<SweepSummary> {
  const late = () => remainingMs() < deadlineMarginMs;
  const done: Record<string, PartSummary> = {};
  const failed: string[] = [];
  for (const [name, part] of Object.entries(parts)) {
    try {
      if (!late()) done[name] = await deps.tracer.span(name, () => part(deps, late));
    } catch (error) {
      failed.push(name);
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      deps.log.error('health_sweep.part_failed', { part: name, message });
    }
  }
  deps.log.info('health_sweep.done', { ...done, failed });
  return { parts: done, failed };
}
