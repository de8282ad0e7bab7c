import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import sweeps from '../../../infra/sweeps.json' with { type: 'json' };
import {
  type Before,
  leadCall,
  type ServiceCounts,
  serviceAlerts,
  serviceLevels,
} from '../../../shared/domain/service-levels.ts';

const rules = sweeps.service_levels;
const minute = (n: number) => new Date(Date.UTC(2026, 2, 1, 12, n));
const quiet: Before = { aboveLeadSince: null, firing: [] };
const well: ServiceCounts = { completed: 1_000, failed: 0, tasks: 100_000, openEntries: 0 };

/** The alerts of these counts, by name. */
function alertsOf(counts: Partial<ServiceCounts>, before = quiet, now = minute(0)) {
  const levels = serviceLevels({ ...well, ...counts }, before, rules, now);
  return serviceAlerts(levels, before, rules, now);
}
const names = (...args: Parameters<typeof alertsOf>) => alertsOf(...args).map(({ name }) => name);

describe('the success rate', () => {
  test('is missed below 99 % of what ended', () => {
    assert.deepEqual(names({ completed: 990, failed: 10 }), []);
    assert.deepEqual(names({ completed: 989, failed: 11 }), ['success-rate']);
    const [alert] = alertsOf({ completed: 989, failed: 11 });
    assert.partialDeepStrictEqual(alert, { target: 'operations', evidence: { completed: 989, failed: 11 } });
    assert.match(alert?.summary ?? '', /^11 of the 1000 tasks .* 98.9 % completed, 99 % should\.$/);
  });

  test('of a few says nothing: one failure of three pages nobody, five of ten do', () => {
    assert.deepEqual(names({ completed: 2, failed: 1 }), []);
    assert.deepEqual(names({ completed: 0, failed: 4 }), []);
    assert.deepEqual(names({ completed: 5, failed: 5 }), ['success-rate']);
    assert.deepEqual(names({ completed: 0, failed: 0 }), []);
  });

  test('does not come and go at the border: it is over when it is clearly well', () => {
    const on = { ...quiet, firing: ['success-rate'] };
    assert.deepEqual(names({ completed: 9_905, failed: 95 }, on), ['success-rate']);
    assert.deepEqual(names({ completed: 9_910, failed: 90 }, on), []);
  });
});

describe('open entries', () => {
  test('warn above 0.05 %, are too many above 0.1 %, and it is one alert when they jump', () => {
    assert.deepEqual(names({ openEntries: 50 }), []);
    assert.deepEqual(names({ openEntries: 51 }), ['open-ratio-warning']);
    assert.deepEqual(names({ openEntries: 100 }), ['open-ratio-warning']);
    assert.deepEqual(names({ openEntries: 101 }), ['open-ratio']);
    const warned = { ...quiet, firing: ['open-ratio-warning'] };
    assert.deepEqual(names({ openEntries: 101 }, warned), ['open-ratio-warning', 'open-ratio']);
  });

  test('of a few say nothing', () => {
    assert.deepEqual(names({ tasks: 3, openEntries: 1 }), []);
    assert.deepEqual(names({ tasks: 0, openEntries: 0 }), []);
    assert.deepEqual(names({ tasks: 40, openEntries: 5 }), ['open-ratio']);
  });

  test('above 1 % for 30 minutes call the engineering lead, and say since when', () => {
    const first = serviceLevels({ ...well, openEntries: 1_001 }, quiet, rules, minute(0));
    assert.deepEqual(first.aboveLeadSince, minute(0));
    assert.deepEqual(leadCall(first, rules), minute(30));
    const before = { aboveLeadSince: minute(0), firing: ['open-ratio'] };
    assert.deepEqual(names({ openEntries: 1_200 }, before, minute(29)), ['open-ratio']);
    const alerts = alertsOf({ openEntries: 1_200 }, before, minute(30));
    assert.partialDeepStrictEqual(alerts, [
      { name: 'open-ratio', target: 'operations' },
      {
        name: 'open-ratio-lead',
        target: 'engineering lead',
        evidence: { open_entries: 1_200, tasks: 100_000, above_since: '2026-03-01T12:00:00.000Z' },
      },
    ]);
    const atBorder = { ...well, openEntries: 950 };
    assert.deepEqual(serviceLevels(atBorder, before, rules, minute(31)).aboveLeadSince, minute(0));
    assert.equal(serviceLevels(atBorder, quiet, rules, minute(31)).aboveLeadSince, null);
    const fallen = serviceLevels({ ...well, openEntries: 900 }, before, rules, minute(31));
    assert.equal(fallen.aboveLeadSince, null);
    assert.equal(leadCall(fallen, rules), null);
  });

  test('above 10,000 begin the disaster plan: export first', () => {
    assert.deepEqual(names({ tasks: 1e9, openEntries: 10_000 }), []);
    assert.partialDeepStrictEqual(alertsOf({ tasks: 1e9, openEntries: 10_001 }), [
      { name: 'open-entries-disaster', target: 'engineering lead' },
    ]);
    const [alert] = alertsOf({ tasks: 1e9, openEntries: 10_001 });
    assert.match(alert?.nextAction ?? '', /jr drain export/);
  });
});

test('whatever is counted: more open entries end no alert, no name comes twice, and nobody is called at once', () => {
  const counts = fc.record({
    completed: fc.nat(10_000),
    failed: fc.nat(200),
    tasks: fc.nat(100_000),
    openEntries: fc.nat(20_000),
  });
  const firing = fc.subarray(['success-rate', 'open-ratio-warning', 'open-ratio', 'open-ratio-lead']);
  fc.assert(
    fc.property(counts, firing, fc.nat(1_000), (given, on, more) => {
      const before = { aboveLeadSince: null, firing: on };
      const found = names(given, before);
      assert.equal(new Set(found).size, found.length);
      assert.ok(!found.includes('open-ratio-lead'));
      const worse = names({ ...given, openEntries: given.openEntries + more }, before);
      const missing = found.filter(name => !worse.includes(name));
      // A warning gives way to the alert that it was a warning of.
      assert.ok(
        missing.every(name => name === 'open-ratio-warning' && worse.includes('open-ratio')),
        `${found} became ${worse}`,
      );
    }),
  );
});

test('whatever is counted: one failure or entry more or less, again and again, is no news', () => {
  const bad = fc.oneof(fc.nat(20), fc.nat(1_000), fc.constant(rules.open_entries_disaster));
  const counts = fc.record({ ended: fc.nat(20_000), tasks: fc.nat(50_000_000), bad });
  fc.assert(
    fc.property(counts, ({ ended, tasks, bad }) => {
      const at = (n: number): ServiceCounts => ({
        completed: Math.max(0, ended - n),
        failed: n,
        tasks: tasks + n,
        openEntries: n,
      });
      let before = quiet;
      const changes = new Map<string, number>();
      for (let sweep = 0; sweep < 12; sweep++) {
        const levels = serviceLevels(at(bad + (sweep % 2)), before, rules, minute(5 * sweep));
        const firing = serviceAlerts(levels, before, rules, minute(5 * sweep)).map(({ name }) => name);
        for (const name of new Set([...firing, ...before.firing]))
          if (firing.includes(name) !== before.firing.includes(name))
            changes.set(name, (changes.get(name) ?? 0) + 1);
        before = { aboveLeadSince: levels.aboveLeadSince, firing };
      }
      assert.ok(
        [...changes.values()].every(n => n === 1),
        JSON.stringify([...changes]),
      );
    }),
    { numRuns: 2_000 },
  );
});
