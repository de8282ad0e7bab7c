import type { Cron } from 'croner';
import { CronError, nextCronTime, parseAwsCron } from './aws-cron.ts';
import { instantOf, isTimeZone } from './time-zone.ts';

/** A schedule expression that was read. */
export type Expression =
  | { readonly kind: 'at'; readonly instant: number }
  | { readonly kind: 'rate'; readonly milliseconds: number }
  | { readonly kind: 'cron'; readonly cron: Cron };

/** The expression or its time zone cannot be. */
export class ExpressionError extends Error {}

const units: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

function parseAt(text: string, timeZone: string): Expression | null {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(text)) return null;
  const wallClock = Date.parse(`${text}Z`);
  // Date.parse takes 31 February for 3 March.
  if (Number.isNaN(wallClock) || new Date(wallClock).toISOString().slice(0, 19) !== text) return null;
  return { kind: 'at', instant: instantOf(wallClock, timeZone) };
}

function parseRate(text: string): Expression | null {
  const [, count = '', unit = '', plural] = /^([1-9]\d*) +(minute|hour|day)(s?)$/.exec(text) ?? [];
  const milliseconds = Number(count) * (units[unit] ?? Number.NaN);
  if (!Number.isSafeInteger(milliseconds) || (count === '1') !== (plural === '')) return null;
  return { kind: 'rate', milliseconds };
}

/**
 * Reads `at(2030-01-31T09:00:00)`, `rate(5 minutes)` or `cron(0 9 ? * MON-FRI *)`.
 * @throws {ExpressionError} with a sentence in the words of AWS
 */
export function parseExpression(text: string, timeZone: string): Expression {
  if (!isTimeZone(timeZone)) {
    throw new ExpressionError(`The provided ScheduleExpressionTimezone ${timeZone} is not valid.`);
  }
  const [, kind, inner = ''] = /^(at|rate|cron)\((.*)\)$/.exec(text.trim()) ?? [];
  try {
    if (kind === 'cron') return { kind, cron: parseAwsCron(inner, timeZone) };
  } catch (error) {
    const reason = error instanceof CronError ? `: ${error.message}` : '';
    throw new ExpressionError(`Invalid Schedule Expression ${text}${reason}.`);
  }
  const parsed = kind === 'at' ? parseAt(inner, timeZone) : kind === 'rate' ? parseRate(inner) : null;
  if (parsed === null) throw new ExpressionError(`Invalid Schedule Expression ${text}.`);
  return parsed;
}

/** What decides when a schedule fires. Times are instants in milliseconds. */
export interface Timing {
  readonly expression: string;
  readonly timeZone: string;
  /** Nothing recurring fires before. */
  readonly start: number | null;
  /** Nothing recurring fires after. */
  readonly end: number | null;
  /** From when a rate counts if there is no start: when the schedule was made or last changed. */
  readonly since: number;
}

/**
 * The first time after an instant at which the schedule is due; null when it never is again. An `at` that lies
 * before is not due again: the caller knows whether it has fired.
 * @throws {ExpressionError}
 */
export function nextFireTime(timing: Timing, after: number): number | null {
  const expression = parseExpression(timing.expression, timing.timeZone);
  if (expression.kind === 'at') return expression.instant > after ? expression.instant : null;
  const from = Math.max(after, (timing.start ?? Number.NEGATIVE_INFINITY) - 1);
  const next =
    expression.kind === 'cron'
      ? nextCronTime(expression.cron, from)
      : nextRateTime(timing.start ?? timing.since, expression.milliseconds, from);
  return next === null || (timing.end !== null && next > timing.end) ? null : next;
}

/** A rate fires at its beginning and then at every multiple. */
function nextRateTime(beginning: number, milliseconds: number, after: number): number {
  if (after < beginning) return beginning;
  return beginning + (Math.floor((after - beginning) / milliseconds) + 1) * milliseconds;
}
