import type { Part } from './part.ts';

/** How many entries are open at each level, as metrics: where on the ladder a trouble is. Judges nothing. */
export const measureLadderLevels: Part = async ({ healthLedger, metrics, clock }) => {
  const open = (await healthLedger.openByLevel()).map((value, level) => [level, value] as const);
  metrics.publish(
    open.map(([level, value]) => ({ name: `OpenEntriesLevel${level}`, value, unit: 'Count' })),
    clock.now(),
  );
  return Object.fromEntries(open.map(([level, value]) => [`level_${level}`, value]));
};
