import type { Part } from './part.ts';

const batch = 500;
const maxBatches = 10;

/**
 * Lets tasks go on whose parent is completed, also those that somebody blocked by SQL, and asks a person about those
 * whose parent was cancelled. The end of a parent frees its children by itself; this finds those that were put aside
 * at that very moment.
 */
export const freeChildren: Part = async ({ healthLedger, clock, log }, late) => {
  let freed = 0;
  let asked = 0;
  for (let i = 0; i < maxBatches && !late(); i++) {
    const children = await healthLedger.freeChildren(clock.now(), batch);
    if (children.freed.length + children.asked.length === 0) break;
    log.info('health_sweep.children', { freed: children.freed, asked: children.asked });
    freed += children.freed.length;
    asked += children.asked.length;
    if (children.freed.length < batch && children.asked.length < batch) break;
  }
  return { freed, asked };
};
