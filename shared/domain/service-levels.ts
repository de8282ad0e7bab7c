import type { Alert } from './alert.ts';

/** What the whole is held to: `infra/sweeps.json`, service_levels. Ratios are from 0 to 1. */
export interface ServiceLevelRules {
  /** Of the tasks that ended within the window, at least so many completed. */
  readonly success_rate: number;
  readonly success_window_minutes: number;
  /** Of the tasks of the last days, at most so many have an open entry; a word of warning before that. */
  readonly open_ratio: number;
  readonly open_ratio_warning: number;
  readonly tasks_window_days: number;
  /** Above this for so long, the engineering lead is called. */
  readonly open_ratio_lead: number;
  readonly lead_after_minutes: number;
  /** Above so many open entries the disaster plan begins. */
  readonly open_entries_disaster: number;
  /** Fewer failures or open entries than this are for the notices about each of them: no ratio of them says anything. */
  readonly min_count: number;
  /** An alert is over once what is counted is below this part of what began it, and more than one below. */
  readonly clear_at: number;
  /** Measurements are kept so long. */
  readonly keep_days: number;
}

/** What was counted in the ledger. */
export interface ServiceCounts {
  /** Within the success window. */
  readonly completed: number;
  readonly failed: number;
  /** Completed within the last days, or with an open entry: what waits has not been tried, and says nothing yet. */
  readonly tasks: number;
  readonly openEntries: number;
}

/** What the measurement before this one, and the alerts that it led to, left behind. */
export interface Before {
  readonly aboveLeadSince: Date | null;
  /** Names of the alerts that were on. */
  readonly firing: readonly string[];
}

export interface ServiceLevels extends ServiceCounts {
  /** Null where nothing ended. */
  readonly successRate: number | null;
  /** Null where there are no tasks. */
  readonly openRatio: number | null;
  /** Since when the ratio is above what calls the engineering lead; null while it is not. */
  readonly aboveLeadSince: Date | null;
}

/** The service levels of what was counted at `now`. */
export function serviceLevels(
  counts: ServiceCounts,
  before: Before,
  rules: ServiceLevelRules,
  now: Date,
): ServiceLevels {
  const ended = counts.completed + counts.failed;
  const { openEntries, tasks } = counts;
  const openRatio = tasks === 0 ? null : openEntries / tasks;
  const above = isAbove(openEntries, tasks, rules.open_ratio_lead, before.aboveLeadSince !== null, rules);
  return {
    ...counts,
    successRate: ended === 0 ? null : counts.completed / ended,
    openRatio,
    aboveLeadSince: above ? (before.aboveLeadSince ?? now) : null,
  };
}

/** When the engineering lead is called, unless the ratio falls before; null while there is no reason. */
export function leadCall({ aboveLeadSince }: ServiceLevels, rules: ServiceLevelRules): Date | null {
  return aboveLeadSince === null
    ? null
    : new Date(aboveLeadSince.getTime() + rules.lead_after_minutes * 60_000);
}

/** What is wrong with the service levels at `now`. */
export function serviceAlerts(
  levels: ServiceLevels,
  { firing }: Before,
  rules: ServiceLevelRules,
  now: Date,
): Alert[] {
  const { completed, failed, openEntries, openRatio, tasks } = levels;
  const evidence = { open_entries: openEntries, tasks, tasks_window_days: rules.tasks_window_days };
  const ofTasks = `${openEntries} of ${tasks} tasks have failed and are open (${percent(openRatio)})`;
  const isOn = (name: string, count: number, all: number, limit: number) =>
    isAbove(count, all, limit, firing.includes(name), rules);
  const missed = isOn('open-ratio', openEntries, tasks, rules.open_ratio);
  const call = leadCall(levels, rules);
  const alerts: (Alert | false)[] = [
    isOn('success-rate', failed, completed + failed, 1 - rules.success_rate) &&
      successRateAlert(levels, rules),
    // Who is told that the level is missed needs no warning besides; who was warned before is told of the end of both.
    isOn('open-ratio-warning', openEntries, tasks, rules.open_ratio_warning) &&
      (!missed || firing.includes('open-ratio-warning')) && {
        name: 'open-ratio-warning',
        target: 'operations',
        summary: `${ofTasks}: more than ${percent(rules.open_ratio_warning)}, and ${percent(rules.open_ratio)} is the most that may be.`,
        evidence,
        nextAction: 'npx jr dlq list',
      },
    missed && {
      name: 'open-ratio',
      target: 'operations',
      summary: `${ofTasks}: more than the ${percent(rules.open_ratio)} that may be.`,
      evidence,
      nextAction: 'npx jr drain categorize',
    },
    call !== null &&
      now >= call && {
        name: 'open-ratio-lead',
        target: 'engineering lead',
        summary: `${ofTasks}: more than ${percent(rules.open_ratio_lead)} for ${rules.lead_after_minutes} minutes.`,
        evidence: { ...evidence, above_since: levels.aboveLeadSince?.toISOString() },
        nextAction: 'npx jr drain categorize',
      },
    isOn('open-entries-disaster', openEntries, 1, rules.open_entries_disaster) && {
      name: 'open-entries-disaster',
      target: 'engineering lead',
      summary: `${openEntries} entries are open, more than ${rules.open_entries_disaster}: the disaster plan begins. Save entries, tasks and documents before anything else.`,
      evidence,
      nextAction: 'npx jr drain export --reason "before the drain"',
    },
  ];
  return alerts.filter(alert => alert !== false);
}

function successRateAlert(
  { completed, failed, successRate }: ServiceLevels,
  rules: ServiceLevelRules,
): Alert {
  return {
    name: 'success-rate',
    target: 'operations',
    summary: `${failed} of the ${completed + failed} tasks that ended in ${rules.success_window_minutes} minutes have failed: ${percent(successRate)} completed, ${percent(rules.success_rate)} should.`,
    evidence: { completed, failed, success_window_minutes: rules.success_window_minutes },
    nextAction: 'npx jr dlq list',
  };
}

/**
 * Whether so many are more than this part of all, and enough to say anything. What was on is over once neither one more
 * nor the part that `clear_at` leaves would begin it, so that it does not come and go at the border.
 */
function isAbove(
  count: number,
  all: number,
  limit: number,
  wasOn: boolean,
  { min_count, clear_at }: ServiceLevelRules,
): boolean {
  const counted = wasOn ? withMargin(count, clear_at) : count;
  return counted >= min_count && counted > limit * all;
}

const withMargin = (count: number, clearAt: number) => Math.max(count + 1, count / clearAt);

/** `0.05 %`, `99 %`: never rounded up to what it is not. */
function percent(ratio: number | null): string {
  if (ratio === null) return 'none';
  return `${Math.floor(ratio * 100_000 + 1e-6) / 1000} %`;
}
