import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { table } from '../../../cli/paint.ts';
import { cellsOf, shorten } from '../../../cli/terminal-cells.ts';

const columns = [{ title: 'id' }, { title: 'title', cut: true }, { title: 'why', cut: true }] as const;
const row = ['7', 'A title of forty cells, not one cell more', 'a reason that is just as long as that is'];

describe('a table', () => {
  test('into a file is as wide as its cells', () => {
    assert.match(table(columns, [row], undefined)[1] ?? '', /^7 {3}A title .* more {2}a reason .* that is$/);
  });

  test('that does not fit the terminal is cut, what comes last first', () => {
    const line = table(columns, [row], 70)[1] ?? '';
    assert.match(line, /^7 {3}A title of forty cells, not one cell more {2}a reason that is just.*…$/);
    assert.equal(cellsOf(line), 70);
  });

  test('leaves of each column enough to say something', () => {
    const line = table(columns, [row], 10)[1] ?? '';
    assert.match(line, /^7 {3}A title of fort… {2}a reason that i…$/);
  });

  test('leaves out what is spare where it does not fit even so, the last such column first', () => {
    const spare = [
      { title: 'id' },
      { title: 'retries', spare: true },
      { title: 'since', spare: true },
      { title: 'title', cut: true },
      { title: 'why', cut: true, spare: true },
    ] as const;
    const cells = ['7', '0/3', '05:01Z', ...row.slice(1)];
    const shownOn = (terminal: number) => table(spare, [cells], terminal);
    assert.match(shownOn(60)[1] ?? '', /^7 {3}0\/3 {6}05:01Z {2}A title of forty cel… {2}a reason that i…$/);
    assert.match(shownOn(45)[1] ?? '', /^7 {3}0\/3 {6}05:01Z {2}A title of forty cells,…$/);
    assert.match(shownOn(32)[1] ?? '', /^7 {3}0\/3 {6}A title of forty c…$/);
    assert.match(shownOn(25)[1] ?? '', /^7 {3}A title of forty cel…$/);
    assert.match(shownOn(25)[0] ?? '', /^id {2}title$/);
  });

  test('stands straight below letters of two cells', () => {
    const [, first = '', second = ''] = table(
      [{ title: 'title' }, { title: 'x' }],
      [
        ['日本語', '|'],
        ['abcdef', '|'],
      ],
    );
    assert.equal(first, '日本語  |');
    assert.equal(second, 'abcdef  |');
  });
});

test('the cells of a text are those of a terminal', () => {
  for (const [text, cells] of [
    ['Über', 4],
    ['U\u0308ber', 4],
    ['日本', 4],
    ['🔥', 2],
    ['\u001b[31mred\u001b[39m', 3],
    ['', 0],
  ] as const) {
    assert.equal(cellsOf(text), cells, text);
  }
});

test('a text is cut between letters', () => {
  assert.equal(shorten('🔥🔥🔥', 4), '🔥…');
  assert.equal(shorten('日本語', 6), '日本語');
  assert.equal(shorten('one\ntwo', 10), 'one');
});
