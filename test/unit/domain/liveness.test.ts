import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import sweeps from '../../../infra/sweeps.json' with { type: 'json' };
import {
  type Breaker,
  countsAsAnswer,
  isGivenUp,
  pauseMinutes,
  pingsFor,
  type Verdict,
  type WatchedJr,
  watch,
} from '../../../shared/domain/liveness.ts';
import { livenessAlerts } from '../../../shared/domain/liveness-alerts.ts';

const rules = sweeps.liveness;
const start = Date.parse('2026-03-01T12:00:00Z');
const at = (minutes: number) => new Date(start + minutes * 60_000);
const closed: Breaker = { state: 'closed', failures: 0, openedAt: null, nextTryAt: null, closedAt: null };
const unseen = (name: string): WatchedJr => ({ name, lastSeen: null, pingedAt: null, breaker: closed });

/** What a sweep and the queue make of a Jr: verdicts are written, whoever is not left alone is pinged. */
class Simulation {
  jrs: WatchedJr[];
  tries: { name: string; at: number; roadDown: boolean }[] = [];

  constructor(names: readonly string[]) {
    this.jrs = names.map(unseen);
  }

  sweep(minutes: number): Verdict[] {
    const now = at(minutes);
    const roadDown = !this.jrs.some(
      jr => jr.lastSeen !== null && now.getTime() - jr.lastSeen.getTime() < 300_000,
    );
    const verdicts = watch(this.jrs, rules, now);
    this.jrs = this.jrs.map(jr => {
      const verdict = verdicts.find(({ name }) => name === jr.name);
      if (verdict?.breaker.state === 'half_open') this.tries.push({ name: jr.name, at: minutes, roadDown });
      const breaker = verdict?.breaker ?? jr.breaker;
      const forgotten = verdict !== undefined && verdict.kind !== 'forgiven';
      const waiting =
        forgotten || (jr.lastSeen !== null && jr.pingedAt !== null && jr.lastSeen >= jr.pingedAt);
      const pingedAt = waiting || jr.pingedAt === null ? now : jr.pingedAt;
      return { ...jr, breaker, pingedAt: breaker.state === 'open' ? null : pingedAt };
    });
    return verdicts;
  }

  answer(name: string, minutes: number): void {
    this.jrs = this.jrs.map(jr => (jr.name === name ? { ...jr, lastSeen: at(minutes) } : jr));
  }

  jr(name: string): WatchedJr {
    const jr = this.jrs.find(each => each.name === name);
    assert.ok(jr !== undefined);
    return jr;
  }
}

/** One Jr that answers everything, and one that answers within the spans of minutes. */
function live(minutes: number, spans: readonly (readonly [number, number])[]) {
  const simulation = new Simulation(['well', 'ill']);
  const kinds: [number, Verdict['kind']][] = [];
  for (let minute = 0; minute <= minutes; minute++) {
    if (minute % 5 === 0) {
      for (const { name, kind } of simulation.sweep(minute)) if (name === 'ill') kinds.push([minute, kind]);
    }
    simulation.answer('well', minute + 0.1);
    const answers = spans.some(([from, to]) => minute >= from && minute < to);
    if (answers && simulation.jr('ill').breaker.state !== 'open') simulation.answer('ill', minute + 0.1);
  }
  return { simulation, kinds };
}

describe('a Jr that falls silent', () => {
  test('is asked for five minutes, left alone for growing pauses and given up after six failures', () => {
    const { simulation, kinds } = live(1_000, [[0, 9]]);
    assert.deepEqual(kinds, [
      [15, 'silent'],
      [20, 'tried'],
      [25, 'still_silent'],
      [35, 'tried'],
      [40, 'still_silent'],
      [60, 'tried'],
      [65, 'still_silent'],
      [105, 'tried'],
      [110, 'still_silent'],
      [170, 'tried'],
      [175, 'still_silent'],
    ]);
    assert.ok(isGivenUp(simulation.jr('ill'), rules));
  });

  test('is back with its first answer, and keeps its failures for an hour', () => {
    const { simulation, kinds } = live(200, [
      [0, 9],
      [20, 1_000],
    ]);
    assert.deepEqual(kinds, [
      [15, 'silent'],
      [20, 'tried'],
      [25, 'back'],
      [85, 'forgiven'],
    ]);
    assert.equal(simulation.jr('ill').breaker.failures, 0);
  });

  test('cannot thrash: when it flaps its pauses go on growing', () => {
    const { kinds } = live(
      400,
      Array.from({ length: 40 }, (_, i) => [i * 20, i * 20 + 9] as const),
    );
    const silences = kinds
      .filter(([, kind]) => kind === 'silent' || kind === 'still_silent')
      .map(([minute]) => minute);
    assert.ok(silences.length <= rules.max_failures, JSON.stringify(kinds));
    const gaps = silences.slice(1).map((minute, i) => minute - (silences[i] ?? 0));
    assert.ok(
      gaps.every((gap, i) => gap >= pauseMinutes(i + 1, rules)),
      JSON.stringify(gaps),
    );
  });

  test('is back when it is seen although it was given up: a heartbeat of its own counts', () => {
    const { simulation } = live(1_000, [[0, 9]]);
    simulation.answer('ill', 1_001);
    assert.partialDeepStrictEqual(simulation.sweep(1_002), [{ name: 'ill', kind: 'back', isOnline: true }]);
  });
});

describe('when nobody answers', () => {
  test('no failure is counted, everybody is asked by every sweep, and one alert says so', () => {
    const simulation = new Simulation(['a', 'b']);
    for (let minute = 0; minute <= 600; minute += 5) simulation.sweep(minute);
    for (const name of ['a', 'b']) {
      assert.partialDeepStrictEqual(simulation.jr(name).breaker, { state: 'half_open', failures: 0 });
    }
    assert.equal(simulation.tries.length, 2 * 120);
    assert.deepEqual(
      livenessAlerts(simulation.jrs, rules, at(600)).map(({ name }) => name),
      ['nobody-answers'],
    );
    simulation.answer('a', 600.1);
    simulation.answer('b', 600.2);
    assert.deepEqual(
      simulation.sweep(605).map(({ kind }) => kind),
      ['back', 'back'],
    );
    assert.deepEqual(livenessAlerts(simulation.jrs, rules, at(605)), []);
  });

  test('those that were never asked are no alarm', () => {
    assert.deepEqual(watch([unseen('a')], rules, at(0)), []);
    assert.deepEqual(livenessAlerts([unseen('a')], rules, at(0)), []);
  });

  test('who was given up before is tried too', () => {
    const { simulation } = live(1_000, [[0, 9]]);
    simulation.jrs = simulation.jrs.map(jr => ({ ...jr, lastSeen: at(9) }));
    assert.deepEqual(
      simulation
        .sweep(1_020)
        .map(({ kind }) => kind)
        .sort(),
      ['silent', 'tried'],
    );
  });
});

test('a Jr that is given up is an alert of its own, with what mends it', () => {
  const { simulation } = live(1_000, [[0, 9]]);
  const [alert, ...others] = livenessAlerts(simulation.jrs, rules, at(1_000));
  assert.deepEqual(others, []);
  assert.equal(alert?.name, 'given-up:ill');
  assert.equal(alert?.nextAction, 'npx jr workers revive "ill"');
});

test('a sweep that was missed is no alarm: nobody was asked, and who was given up stays so', () => {
  const { simulation } = live(1_000, [[0, 9]]);
  assert.deepEqual(simulation.sweep(1_010), []);
  assert.deepEqual(
    livenessAlerts(simulation.jrs, rules, at(1_010)).map(({ name }) => name),
    ['given-up:ill'],
  );
});

test('a ping counts for five minutes from when the queue could deliver it', () => {
  const pings = pingsFor(['a'], rules, at(0));
  assert.deepEqual(
    pings.map(({ delaySeconds, sentAt }) => [delaySeconds, sentAt]),
    [
      [0, at(0)],
      [120, at(2)],
      [240, at(4)],
    ],
  );
  assert.ok(countsAsAnswer(at(0), rules, at(4.99)));
  assert.ok(!countsAsAnswer(at(0), rules, at(5)));
});

const days = fc.array(
  fc.record({
    wait: fc.integer({ min: 0, max: 15 }),
    answers: fc.subarray(['a', 'b', 'c']),
  }),
  { maxLength: 150 },
);

/** Legal moves of a breaker. From half_open to half_open: nobody answered, and it is asked anew. */
const moves = new Set([
  'closed open silent',
  'closed half_open silent',
  'closed closed forgiven',
  'open closed back',
  'open half_open tried',
  'half_open closed back',
  'half_open open still_silent',
  'half_open half_open still_silent',
]);

test('whatever happens: legal moves only, no thrashing, no failure without somebody who answers', () => {
  fc.assert(
    fc.property(days, steps => {
      const simulation = new Simulation(['a', 'b', 'c']);
      let minute = 0;
      for (const { wait, answers } of steps) {
        minute += wait;
        const before = simulation.jrs;
        const someoneAnswers = before.some(
          ({ lastSeen }) => lastSeen !== null && lastSeen > at(minute - rules.answer_within_minutes),
        );
        for (const { name, kind, breaker, isOnline } of simulation.sweep(minute)) {
          const was = before.find(jr => jr.name === name);
          assert.ok(was !== undefined);
          assert.ok(
            moves.has(`${was.breaker.state} ${breaker.state} ${kind}`),
            `${was.breaker.state} ${kind}`,
          );
          assert.ok(!isOnline || breaker.state === 'closed');
          if (breaker.failures > was.breaker.failures) assert.ok(someoneAnswers);
          if (breaker.state === 'open') {
            const pause = (breaker.nextTryAt?.getTime() ?? 0) - at(minute).getTime();
            assert.equal(pause, pauseMinutes(breaker.failures, rules) * 60_000);
          }
          if (kind === 'tried' && someoneAnswers) {
            assert.ok(was.breaker.nextTryAt !== null && was.breaker.nextTryAt <= at(minute));
            assert.ok(was.breaker.failures < rules.max_failures);
          }
        }
        for (const name of answers) simulation.answer(name, minute);
      }
      for (const name of ['a', 'b', 'c']) {
        const tries = simulation.tries.filter(each => each.name === name).map(each => each.at);
        assert.ok(
          tries.every((each, i) => i === 0 || each - (tries[i - 1] ?? 0) >= rules.answer_within_minutes),
          'tried twice within the time in which it could answer',
        );
      }
    }),
  );
});
