import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LineList } from '../../../shared/edit/line-list.ts';
import { placesOf, shifted } from '../../../shared/edit/locate.ts';

describe('a change of indentation', () => {
  const shiftOf = (file: string, wanted: readonly string[]) =>
    placesOf(new LineList(file), wanted, 'indent').map(({ shift }) => shift);

  it('is the one that all lines share, also where the first is not the shallowest', () => {
    assert.deepEqual(shiftOf('      deep\n  shallow\n', ['    deep', 'shallow']), [{ from: '', to: '  ' }]);
  });

  it('is none where the lines move by different widths', () => {
    assert.deepEqual(shiftOf('  a\n      b\n', ['a', '  b']), []);
    assert.deepEqual(shiftOf('\ta\n    b\n', ['a', 'b']), []);
  });

  it('leaves lines of nothing but blanks as they are', () => {
    assert.deepEqual(shifted(['a', '', '  '], { from: '', to: '    ' }), ['    a', '', '  ']);
    assert.deepEqual(shifted(['    a', '  '], { from: '    ', to: '' }), ['a', '  ']);
  });

  it('moves a line that is shallower than the place it belongs to by the same width', () => {
    assert.deepEqual(shifted(['    a', 'b'], { from: '    ', to: '        ' }), ['        a', '    b']);
    assert.deepEqual(shifted(['        a', '    b'], { from: '        ', to: '    ' }), ['    a', 'b']);
  });

  it('is refused where a line cannot follow it', () => {
    assert.equal(shifted(['    a', 'b'], { from: '    ', to: '' }), null);
    assert.equal(shifted(['    a', '\tb'], { from: '    ', to: '\t' }), null);
  });
});

describe('a text that stands at very many places', () => {
  it('is looked for at a thousand of them and no more, or many such blocks would take the square of their number', () => {
    let looked = 0;
    class Counted extends LineList {
      override withKey(...sought: Parameters<LineList['withKey']>) {
        const lines = [...super.withKey(...sought)];
        const each = function* () {
          for (const line of lines) {
            looked += 1;
            yield line;
          }
        };
        return Object.assign([...lines], { [Symbol.iterator]: each });
      }
    }
    assert.equal(placesOf(new Counted('same\n'.repeat(8_000)), ['same'], 'exact').length, 1_000);
    assert.equal(looked, 1_000);
  });
});
