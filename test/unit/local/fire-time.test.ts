import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { nextFireTime, parseExpression, type Timing } from '../../../infra/local/scheduler/expression.ts';
import { instantOf } from '../../../infra/local/scheduler/time-zone.ts';

const at = (text: string) => Date.parse(text);

function timing(expression: string, more: Partial<Timing> = {}): Timing {
  return { expression, timeZone: 'UTC', start: null, end: null, since: at('2026-01-01T00:00:00Z'), ...more };
}

/** The next `count` times after an instant, as ISO text without seconds. */
function times(expression: string, after: string, count = 1, more: Partial<Timing> = {}): (string | null)[] {
  const found: (string | null)[] = [];
  let from = at(after);
  for (let n = 0; n < count; n += 1) {
    const next = nextFireTime(timing(expression, more), from);
    found.push(next === null ? null : `${new Date(next).toISOString().slice(0, 16)}Z`);
    if (next === null) break;
    from = next;
  }
  return found;
}

describe('cron', () => {
  const cases: [expression: string, after: string, next: string | null, why?: string][] = [
    ['cron(0 10 * * ? *)', '2026-08-01T09:59:59Z', '2026-08-01T10:00Z'],
    ['cron(0 10 * * ? *)', '2026-08-01T10:00:00Z', '2026-08-02T10:00Z', 'strictly after'],
    ['cron(15 12 * * ? *)', '2026-08-01T13:00:00Z', '2026-08-02T12:15Z'],
    ['cron(0/15 8-17 ? * MON-FRI *)', '2026-08-01T00:00:00Z', '2026-08-03T08:00Z', 'Saturday to Monday'],
    ['cron(0/15 8-17 ? * 2-6 *)', '2026-08-03T17:45:00Z', '2026-08-04T08:00Z', '2-6 is MON-FRI'],
    ['cron(5/20 * * * ? *)', '2026-08-01T00:05:00Z', '2026-08-01T00:25Z'],
    ['cron(*/20 * * * ? *)', '2026-08-01T00:05:00Z', '2026-08-01T00:20Z'],
    ['cron(0 9 ? * 1 *)', '2026-08-01T00:00:00Z', '2026-08-02T09:00Z', '1 is Sunday'],
    ['cron(0 9 ? * 7 *)', '2026-08-02T00:00:00Z', '2026-08-08T09:00Z', '7 is Saturday'],
    ['cron(0 9 ? * L *)', '2026-08-02T00:00:00Z', '2026-08-08T09:00Z', 'L is Saturday'],
    ['cron(0 9 ? * 6L *)', '2026-08-01T00:00:00Z', '2026-08-28T09:00Z', 'last Friday'],
    ['cron(0 9 ? * FRIL *)', '2026-08-01T00:00:00Z', '2026-08-28T09:00Z'],
    ['cron(0 9 ? * 3#2 *)', '2026-08-01T00:00:00Z', '2026-08-11T09:00Z', 'second Tuesday'],
    ['cron(0 9 ? * MON#5 *)', '2026-09-01T00:00:00Z', '2026-11-30T09:00Z', 'only months with five Mondays'],
    ['cron(0 9 ? * FRI-MON *)', '2026-08-04T00:00:00Z', '2026-08-07T09:00Z', 'a range over the weekend'],
    ['cron(0 9 L * ? *)', '2026-02-01T00:00:00Z', '2026-02-28T09:00Z'],
    ['cron(0 9 L * ? *)', '2028-02-01T00:00:00Z', '2028-02-29T09:00Z', 'leap year'],
    ['cron(0 9 LW * ? *)', '2026-05-01T00:00:00Z', '2026-05-29T09:00Z', 'May 31 2026 is a Sunday'],
    ['cron(0 9 15W * ? *)', '2026-08-01T00:00:00Z', '2026-08-14T09:00Z', 'the 15th is a Saturday'],
    ['cron(0 9 1W * ? *)', '2026-08-01T00:00:00Z', '2026-08-03T09:00Z', 'not back into July'],
    ['cron(0 9 1,15 JAN,jul ? *)', '2026-01-16T00:00:00Z', '2026-07-01T09:00Z'],
    ['cron(0 0 29 2 ? *)', '2026-08-01T00:00:00Z', '2028-02-29T00:00Z'],
    ['cron(0 0 30 2 ? *)', '2026-08-01T00:00:00Z', null, 'never'],
    ['cron(0 0 1 1 ? 2026-2028)', '2026-08-01T00:00:00Z', '2027-01-01T00:00Z'],
    ['cron(0 0 1 1 ? 2026/2)', '2026-08-01T00:00:00Z', '2028-01-01T00:00Z'],
    ['cron(0 0 1 1 ? 2020)', '2026-08-01T00:00:00Z', null, 'over'],
    ['cron(0 22-2 * * ? *)', '2026-08-01T03:00:00Z', '2026-08-01T22:00Z', 'a range over midnight'],
  ];
  for (const [expression, after, next, why] of cases) {
    test(`${expression} after ${after} ${why === undefined ? '' : `(${why})`}`, () => {
      assert.deepEqual(times(expression, after), [next]);
    });
  }

  const refused = [
    ['cron(0 10 * * *)', /5 fields, not 6/],
    ['cron(0 10 * * ? * *)', /7 fields, not 6/],
    ['cron(0 10 * * * *)', /exactly one of/],
    ['cron(0 10 ? * ? *)', /exactly one of/],
    ['cron(60 10 * * ? *)', /60 is not a value of minutes \(0-59\)/],
    ['cron(0 24 * * ? *)', /24 is not a value of hours/],
    ['cron(0 10 0 * ? *)', /0 is not a value of day-of-month/],
    ['cron(0 10 ? * 0 *)', /0 is not a value of day-of-week/],
    ['cron(0 10 ? * 8 *)', /8 is not a value of day-of-week/],
    ['cron(0 10 * FOO ? *)', /FOO is not a value of month/],
    ['cron(0 10 * * ? 1969)', /1969 is not a value of year/],
    ['cron(0/0 10 * * ? *)', /not a step of minutes/],
    ['cron(1-2-3 10 * * ? *)', /not a range of minutes/],
    ['cron(0 10 32W * ? *)', /32W is not a value/],
    ['cron(0 10 ? * MON#6 *)', /is not a value/],
    ['cron(, 10 * * ? *)', /is not a value/],
    ['cron()', /1 fields, not 6/],
  ] as const;
  for (const [expression, reason] of refused) {
    test(`${expression} is refused`, () => {
      assert.throws(() => parseExpression(expression, 'UTC'), reason);
      assert.throws(() => parseExpression(expression, 'UTC'), /^Error: Invalid Schedule Expression cron\(/);
    });
  }
});

describe('time zones', () => {
  const newYork = { timeZone: 'America/New_York' };

  test('a cron means the clocks of its zone, in winter and in summer', () => {
    assert.deepEqual(times('cron(0 9 * * ? *)', '2026-01-10T00:00:00Z', 1, newYork), ['2026-01-10T14:00Z']);
    assert.deepEqual(times('cron(0 9 * * ? *)', '2026-07-10T00:00:00Z', 1, newYork), ['2026-07-10T13:00Z']);
    assert.deepEqual(times('cron(0 9 * * ? *)', '2026-07-10T00:00:00Z', 1, { timeZone: 'Asia/Kolkata' }), [
      '2026-07-10T03:30Z',
    ]);
  });

  test('a time that the clocks skip when they are put forward is skipped', () => {
    assert.deepEqual(times('cron(30 2 * * ? *)', '2026-03-07T12:00:00Z', 2, newYork), [
      '2026-03-09T06:30Z',
      '2026-03-10T06:30Z',
    ]);
  });

  test('a time that comes twice when the clocks are put back fires once', () => {
    assert.deepEqual(times('cron(30 1 * * ? *)', '2026-10-31T12:00:00Z', 2, newYork), [
      '2026-11-01T05:30Z',
      '2026-11-02T06:30Z',
    ]);
    assert.deepEqual(times('cron(30 0,1,2 * * ? *)', '2026-11-01T03:00:00Z', 3, newYork), [
      '2026-11-01T04:30Z',
      '2026-11-01T05:30Z',
      '2026-11-01T07:30Z',
    ]);
  });

  test('at() means the clocks of its zone; a skipped time is as much later, a double one the first', () => {
    const inNewYork = (text: string) => {
      const parsed = parseExpression(`at(${text})`, 'America/New_York');
      return parsed.kind === 'at' ? new Date(parsed.instant).toISOString() : null;
    };
    assert.equal(inNewYork('2026-07-10T09:00:00'), '2026-07-10T13:00:00.000Z');
    assert.equal(inNewYork('2026-03-08T02:30:00'), '2026-03-08T07:30:00.000Z');
    assert.equal(inNewYork('2026-11-01T01:30:00'), '2026-11-01T05:30:00.000Z');
  });

  test('an unknown zone is refused by name', () => {
    assert.throws(() => parseExpression('rate(1 minute)', 'Mars/Olympus'), /Mars\/Olympus is not valid/);
  });

  test('instantOf is the inverse of what the clocks show', () => {
    const zone = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Pacific/Apia',
    );
    const instant = fc.integer({
      min: at('2020-01-01T00:00:00Z') / 1_000,
      max: at('2035-01-01T00:00:00Z') / 1_000,
    });
    fc.assert(
      fc.property(zone, instant, (timeZone, seconds) => {
        const wall = (milliseconds: number) =>
          new Date(milliseconds).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T');
        const shown = wall(seconds * 1_000);
        assert.equal(wall(instantOf(Date.parse(`${shown}Z`), timeZone)), shown);
      }),
    );
  });
});

describe('rate', () => {
  test('counts from when the schedule was made, at once and then at every multiple', () => {
    const since = at('2026-01-01T00:00:30Z');
    assert.deepEqual(times('rate(5 minutes)', '2026-01-01T00:00:29Z', 3, { since }), [
      '2026-01-01T00:00Z',
      '2026-01-01T00:05Z',
      '2026-01-01T00:10Z',
    ]);
  });

  test('counts from its start, also from one that is long past', () => {
    const start = at('2025-12-31T23:58:00Z');
    assert.deepEqual(times('rate(1 hour)', '2026-01-01T07:30:00Z', 1, { start }), ['2026-01-01T07:58Z']);
    assert.deepEqual(times('rate(2 days)', '2025-12-01T00:00:00Z', 2, { start }), [
      '2025-12-31T23:58Z',
      '2026-01-02T23:58Z',
    ]);
  });

  test('is never at or before the instant it is asked for, and never more than a step after it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 0, max: 1e12 }),
        (minutes, passed) => {
          const since = at('2026-01-01T00:00:00Z');
          const next = nextFireTime(
            timing(`rate(${minutes} minute${minutes === 1 ? '' : 's'})`),
            since + passed,
          );
          assert.ok(next !== null && next > since + passed && next <= since + passed + minutes * 60_000);
        },
      ),
    );
  });

  for (const wrong of [
    'rate(0 minutes)',
    'rate(1 minutes)',
    'rate(2 minute)',
    'rate(1.5 hours)',
    'rate(5 weeks)',
    'rate()',
  ]) {
    test(`${wrong} is refused`, () => {
      assert.throws(() => parseExpression(wrong, 'UTC'), /Invalid Schedule Expression rate/);
    });
  }
});

describe('start and end', () => {
  const window = { start: at('2026-08-10T10:00:00Z'), end: at('2026-08-12T10:00:00Z') };

  test('a cron fires from its start, inclusive, to its end, inclusive', () => {
    assert.deepEqual(times('cron(0 10 * * ? *)', '2026-08-01T00:00:00Z', 4, window), [
      '2026-08-10T10:00Z',
      '2026-08-11T10:00Z',
      '2026-08-12T10:00Z',
      null,
    ]);
  });

  test('a rate ends too', () => {
    assert.deepEqual(times('rate(1 day)', '2026-08-11T10:00:00Z', 2, window), ['2026-08-12T10:00Z', null]);
  });

  test('an at() fires once and does not heed them', () => {
    assert.deepEqual(times('at(2026-09-01T00:00:00)', '2026-08-01T00:00:00Z', 2, window), [
      '2026-09-01T00:00Z',
      null,
    ]);
  });

  for (const wrong of [
    'at(2026-02-31T00:00:00)',
    'at(2026-02-01)',
    'at(2026-02-01T00:00:00Z)',
    'tomorrow',
    '',
  ]) {
    test(`${JSON.stringify(wrong)} is refused`, () => {
      assert.throws(() => parseExpression(wrong, 'UTC'), /Invalid Schedule Expression/);
    });
  }
});
