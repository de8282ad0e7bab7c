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
