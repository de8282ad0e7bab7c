import assert from 'node:assert/strict';
import { test } from 'node:test';
import { together } from '../../../shared/domain/together.ts';

const write = (id: number, ...paths: string[]) => ({ id, paths, alone: false });
const alone = (id: number, ...paths: string[]) => ({ id, paths, alone: true });
const next = (...waiting: ReturnType<typeof write>[]) => together(waiting).map(({ id }) => id);

test('those that write different files are written together', () => {
  assert.deepEqual(next(write(1, 'a'), write(2, 'b/c'), write(3, 'b/d')), [1, 2, 3]);
  assert.deepEqual(next(), []);
});

test('who shares a file with one before it waits, and so does who shares one with that', () => {
  assert.deepEqual(next(write(1, 'a'), write(2, 'a', 'b'), write(3, 'b'), write(4, 'c')), [1, 4]);
});

test('a file and a file below it are not written together, whichever comes first', () => {
  assert.deepEqual(next(write(1, 'a'), write(2, 'a/b/c')), [1]);
  assert.deepEqual(next(write(1, 'a/b/c'), write(2, 'a')), [1]);
});

test('who has to wait for another invocation is written alone, in its turn', () => {
  assert.deepEqual(next(write(1, 'a'), alone(2, 'b'), write(3, 'b'), write(4, 'c')), [1, 4]);
  assert.deepEqual(next(alone(2, 'b'), write(3, 'b'), write(4, 'c')), [2]);
});

test('not more than a hundred files at one time, but for a task that has more by itself', () => {
  const many = (id: number, files: number) =>
    write(id, ...Array.from({ length: files }, (_, n) => `${id}/${n}`));
  assert.deepEqual(next(many(1, 60), many(2, 60), many(3, 40)), [1, 3]);
  assert.deepEqual(next(many(1, 150), many(2, 1)), [1]);
});
