import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paint, styles } from '../../../cli/paint.ts';
import { print } from '../../../cli/print.ts';

test('each style of ours reaches the terminal, and no sequence that a title brings', t => {
  const forced = process.env['FORCE_COLOR'];
  process.env['FORCE_COLOR'] = '1';
  const painted = styles.map(style => paint(style, 'x')).join('');
  if (forced === undefined) delete process.env['FORCE_COLOR'];
  else process.env['FORCE_COLOR'] = forced;
  assert.equal(painted.split('\u001b').length, 2 * styles.length + 1);
  let printed = '';
  const write = t.mock.method(process.stdout, 'write', (text: string) => {
    printed += text;
    return true;
  });
  print(`${painted}\u001b[8mhidden`);
  write.mock.restore();
  assert.equal(printed, `${painted}\\u001b[8mhidden`);
});
