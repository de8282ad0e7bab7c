import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineList } from '../../../shared/edit/line-list.ts';
import { placesOf } from '../../../shared/edit/locate.ts';
import { startsOf } from '../../../shared/edit/sequence.ts';
import { occurrences } from './naive.ts';

const lines = (most: number) =>
  fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: most, size: 'max' });

test('what repeats itself is found wherever it stands, over itself too', () => {
  fc.assert(
    fc.property(lines(40), lines(8), (all, sought) => {
      const starts = occurrences(all, sought);
      assert.deepEqual([...startsOf(sought, all)], starts);
      const list = new LineList(all.map(line => `${line}\n`).join(''));
      const places = placesOf(list, sought, 'exact').map(({ from, to }) =>
        [from, to].map(line => list.numberOf(line)),
      );
      assert.deepEqual(
        places.toSorted(([a = 0], [b = 0]) => a - b),
        starts.map(at => [at + 1, at + sought.length]),
      );
    }),
    { numRuns: 2_000 },
  );
});
