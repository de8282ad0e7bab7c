import { Cron } from 'croner';

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names for the numbers from `min` on. */
  readonly words?: readonly string[];
  /** What else the field may be; compared before anything is translated. */
  readonly special?: RegExp;
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const fields = [
  { name: 'minutes', min: 0, max: 59 },
  { name: 'hours', min: 0, max: 23 },
  { name: 'day-of-month', min: 1, max: 31, special: /^(\?|L|LW|([1-9]|[12]\d|3[01])W)$/ },
  { name: 'month', min: 1, max: 12, words: months },
  { name: 'day-of-week', min: 1, max: 7, words: days, special: /^(\?|L|([1-7]|[A-Z]{3})(L|#[1-5]))$/ },
  { name: 'year', min: 1970, max: 2199 },
] as const satisfies Field[];

/** What is wrong with an expression, in words; the caller says of which schedule. */
export class CronError extends Error {}

function numberOf(text: string, field: Field): number {
  const word = field.words?.indexOf(text) ?? -1;
  const value = word === -1 ? Number(text) : word + field.min;
  if (!/^(\d+|[A-Z]{3})$/.test(text) || !Number.isInteger(value) || value < field.min || value > field.max) {
    throw new CronError(`${text} is not a value of ${field.name} (${field.min}-${field.max})`);
  }
  return value;
}

/** `a`, `a-b`, `a/n`, `a-b/n`, `*`, `*` + `/n`: as croner writes it. */
function translatePart(text: string, field: Field): string {
  const [range = '', step, ...more] = text.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) {
    throw new CronError(`${text} is not a step of ${field.name}`);
  }
  const suffix = step === undefined ? '' : `/${step}`;
  if (range === '*') return step === undefined ? '*' : `${field.min}-${field.max}${suffix}`;
  const [from = '', to, ...rest] = range.split('-');
  if (rest.length > 0) throw new CronError(`${text} is not a range of ${field.name}`);
  const first = numberOf(from, field);
  if (to === undefined) return step === undefined ? String(first) : `${first}-${field.max}${suffix}`;
  const last = numberOf(to, field);
  if (first <= last) return `${first}-${last}${suffix}`;
  if (step !== undefined) throw new CronError(`${text} steps over the end of ${field.name}`);
  return `${first}-${field.max},${field.min}-${last}`; // FRI-MON
}

function translateField(text: string, field: Field): string {
  if (field.special?.test(text)) {
    if (text === '?') return '*';
    if (field.name !== 'day-of-week') return text;
    if (text === 'L') return '7';
    const [, day = '', rest = ''] = /^(.+?)(L|#[1-5])$/.exec(text) ?? [];
    return `${numberOf(day, field)}${rest === 'L' ? '#L' : rest}`;
  }
  return text
    .split(',')
    .map(part => translatePart(part, field))
    .join(',');
}

/**
 * Reads the six fields between the brackets of `cron(...)`: minutes, hours, day of month, month, day of week
 * (1-7 is SUN-SAT), year. Exactly one of the two day fields is `?`.
 * @throws {CronError}
 */
export function parseAwsCron(text: string, timezone: string): Cron {
  const values = text.trim().toUpperCase().split(/\s+/);
  if (values.length !== fields.length) throw new CronError(`it has ${values.length} fields, not 6`);
  if ((values[2] === '?') === (values[4] === '?')) {
    throw new CronError('exactly one of day-of-month and day-of-week has to be ?');
  }
  const pattern = fields.map((field, index) => translateField(values[index] ?? '', field)).join(' ');
  return new Cron(`0 ${pattern}`, {
    timezone,
    paused: true,
    mode: '7-part',
    alternativeWeekdays: true,
    // When clocks are put back, what is set for certain hours happens once, what recurs all day goes on.
    fixedTimeRule: 'no-wildcard',
  });
}

/**
 * The first matching instant after one, in milliseconds; null when there is none any more. As on AWS a time that
 * the clocks skip when they are put forward is skipped.
 */
export function nextCronTime(cron: Cron, after: number): number | null {
  let from = new Date(after);
  for (;;) {
    const next = cron.nextRun(from);
    if (next === null) return null;
    if (cron.match(next)) return next.getTime();
    from = next; // croner moved a skipped time to where the clocks go on
  }
}
