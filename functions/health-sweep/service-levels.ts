import {
  leadCall,
  type ServiceLevelRules,
  type ServiceLevels,
  serviceAlerts,
  serviceLevels,
} from '../../shared/domain/service-levels.ts';
import type { Metric } from '../../shared/ports/metrics.ts';
import type { Dependencies, Part } from './part.ts';

const scope = 'service-levels';

/** The one wake-up of this part: to look whether the engineering lead has to be called. */
const leadWakeUp = 'jr-open-ratio-lead';

const dayMs = 86_400_000;

/**
 * Measures the service levels, keeps them as a time series and as metrics, and notes what is wrong with them. Measuring
 * again changes no count, and of two sweeps at once one measurement is kept.
 */
export const measureServiceLevels: Part = async ({
  serviceLedger,
  alertLedger,
  wakeUps,
  metrics,
  clock,
  log,
  serviceLevels: rules,
}) => {
  const now = clock.now();
  const count = await serviceLedger.count({
    now,
    successWindowMinutes: rules.success_window_minutes,
    tasksWindowDays: rules.tasks_window_days,
    scope,
  });
  const levels = serviceLevels(count.counts, count.before, rules, now);
  const alerts = serviceAlerts(levels, count.before, rules, now);
  // Before it is kept, so that a sweep that dies in between does it again.
  await callLeadInTime(levels, count.before.aboveLeadSince, { wakeUps, log, rules, now });
  await serviceLedger.record(count, levels, now, new Date(now.getTime() - rules.keep_days * dayMs));
  await alertLedger.observe(scope, alerts, now);
  metrics.publish(metricsOf(levels), now);
  return {
    completed: levels.completed,
    failed: levels.failed,
    tasks: levels.tasks,
    open_entries: levels.openEntries,
    alerts: alerts.length,
  };
};

/**
 * Has this sweep woken when the engineering lead is to be called, and not woken when the ratio has fallen. It is set
 * again until its time has come, so that one that got lost is made good; without it the next sweep calls, a little
 * later (invariant 2).
 */
async function callLeadInTime(
  levels: ServiceLevels,
  aboveBefore: Date | null,
  {
    wakeUps,
    log,
    rules,
    now,
  }: Pick<Dependencies, 'wakeUps' | 'log'> & { rules: ServiceLevelRules; now: Date },
): Promise<void> {
  const at = leadCall(levels, rules);
  try {
    if (at === null) {
      if (aboveBefore !== null) await wakeUps.remove(leadWakeUp);
    } else if (at > now) {
      await wakeUps.set({ name: leadWakeUp, functionName: 'health-sweep', payload: {}, at });
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    log.warn('health_sweep.wake_up_failed', { name: leadWakeUp, message });
  }
}

function metricsOf({ successRate, openRatio, completed, failed, openEntries }: ServiceLevels): Metric[] {
  const ratios: Metric[] = [
    ...(successRate === null
      ? []
      : [{ name: 'SuccessRate', value: successRate * 100, unit: 'Percent' } as const]),
    ...(openRatio === null
      ? []
      : [{ name: 'OpenEntryRatio', value: openRatio * 100, unit: 'Percent' } as const]),
  ];
  return [
    ...ratios,
    { name: 'OpenEntries', value: openEntries, unit: 'Count' },
    { name: 'TasksCompletedInWindow', value: completed, unit: 'Count' },
    { name: 'TasksFailedInWindow', value: failed, unit: 'Count' },
  ];
}
