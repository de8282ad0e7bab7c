import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type Assignment,
  type AvailableJr,
  assignTasks,
  type UnassignedTask,
  wishesOf,
} from '../../../shared/domain/assignment.ts';

const jr = (name: string, over: Partial<AvailableJr> = {}): AvailableJr => ({
  name,
  capacity: 10,
  load: 0,
  specialties: [],
  lastAssignedAt: null,
  ...over,
});
const tasks = (n: number, ...wants: string[]): UnassignedTask[] =>
  Array.from({ length: n }, (_, i) => ({ id: i + 1, wants }));
const given = (assignments: readonly Assignment[]) => assignments.map(({ jrName }) => jrName);

describe('who is given a task', () => {
  test('the least loaded relative to capacity', () => {
    const jrs = [jr('big', { capacity: 100, load: 20 }), jr('small', { capacity: 10, load: 3 })];
    assert.deepEqual(given(assignTasks(tasks(1), jrs)), ['big']);
  });

  test('one with a wanted specialty, however loaded; any other when those are full', () => {
    const jrs = [jr('idle'), jr('sees', { load: 9, specialties: ['Vision', 'camera'] })];
    assert.deepEqual(given(assignTasks(tasks(2, 'urgent', ' vision '), jrs)), ['sees', 'idle']);
  });

  test('a tag that is nobody\u2019s specialty asks for nothing', () => {
    assert.deepEqual(given(assignTasks(tasks(1, 'urgent'), [jr('a', { load: 1 }), jr('b')])), ['b']);
  });

  test('among equals the one who has waited longest for a task, who never had one first', () => {
    const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 12, minute));
    const jrs = [
      jr('late', { lastAssignedAt: at(2) }),
      jr('early', { lastAssignedAt: at(1) }),
      jr('never', { lastAssignedAt: null }),
    ];
    assert.deepEqual(given(assignTasks(tasks(4), jrs)), ['never', 'early', 'late', 'never']);
  });

  test('nobody, when all are full or none is there', () => {
    assert.deepEqual(assignTasks(tasks(1), [jr('a', { load: 10 }), jr('b', { load: 12 })]), []);
    assert.deepEqual(assignTasks(tasks(1), []), []);
  });

  test('the words of a task are its tags and the specialties of its parameters', () => {
    const parameters = { specialty: 'sql', specialties: ['python', 7, null], priority: 'x' };
    assert.deepEqual(wishesOf(['code'], parameters), ['code', 'sql', 'python']);
    assert.deepEqual(wishesOf([], { specialties: 'vision' }), ['vision']);
  });
});

describe('whatever there is to be given out', () => {
  const words = ['code', 'sql', 'vision', 'docs'];
  const jrs = fc.uniqueArray(
    fc.record({
      name: fc.string({ minLength: 1, maxLength: 3 }),
      capacity: fc.integer({ min: 1, max: 6 }),
      load: fc.integer({ min: 0, max: 8 }),
      specialties: fc.uniqueArray(fc.constantFrom(...words), { maxLength: 2 }),
      lastAssignedAt: fc.option(fc.integer({ min: 0, max: 3 }).map(n => new Date(n))),
    }),
    { selector: ({ name }) => name, maxLength: 8 },
  );
  const waiting = fc
    .array(fc.uniqueArray(fc.constantFrom(...words, 'other'), { maxLength: 2 }), { maxLength: 30 })
    .map(list => list.map((wants, id) => ({ id, wants })));

  test('it is given out as one who looks through all the Jrs for each task would', () => {
    fc.assert(
      fc.property(waiting, jrs, (list, all) => {
        assert.deepEqual(assignTasks(list, all), naive(list, all));
      }),
    );
  });

  test('no Jr beyond its capacity, no task twice, and none left while there is room', () => {
    fc.assert(
      fc.property(waiting, jrs, (list, all) => {
        const assignments = assignTasks(list, all);
        const room = new Map(all.map(({ name, capacity, load }) => [name, Math.max(0, capacity - load)]));
        for (const [name, free] of room)
          assert.ok(given(assignments).filter(of => of === name).length <= free, name);
        assert.equal(new Set(assignments.map(({ taskId }) => taskId)).size, assignments.length);
        const free = [...room.values()].reduce((sum, n) => sum + n, 0);
        assert.equal(assignments.length, Math.min(list.length, free));
      }),
    );
  });

  test('equals end up with shares that differ by one task at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 90 }), (n, count) => {
        const names = given(
          assignTasks(
            tasks(count),
            Array.from({ length: n }, (_, i) => jr(`jr ${i}`)),
          ),
        );
        const shares = Array.from({ length: n }, (_, i) => names.filter(name => name === `jr ${i}`).length);
        assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, shares.join(' '));
      }),
    );
  });
});

/** The rule as it is said: for each task the best of those that have room. */
function naive(list: readonly UnassignedTask[], all: readonly AvailableJr[]): Assignment[] {
  const load = new Map(all.map(({ name, load: n }) => [name, n]));
  const share = ({ name, capacity }: AvailableJr) => (load.get(name) ?? 0) / capacity;
  return list.flatMap(({ id, wants }) => {
    const free = all.filter(one => share(one) < 1);
    const fitting = free.filter(({ specialties }) => specialties.some(word => wants.includes(word)));
    const [best] = (fitting.length > 0 ? fitting : free).toSorted(
      (a, b) =>
        share(a) - share(b) ||
        (a.lastAssignedAt?.getTime() ?? -1) - (b.lastAssignedAt?.getTime() ?? -1) ||
        (a.name < b.name ? -1 : 1),
    );
    if (best === undefined) return [];
    load.set(best.name, (load.get(best.name) ?? 0) + 1);
    return [{ taskId: id, jrName: best.name }];
  });
}
