// With the Node of the system too old, `jr` hands itself to the Node 24 of the checkout.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { root } from '../../support/jr.ts';

/** Makes the first process that loads it an old one; the one behind it says that it is there. */
const preload = `if (process.env.OLD) {
  delete process.env.OLD;
  Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.1.0' } });
} else process.stdout.write('behind');`;

const own = `${root}node_modules/node-linux-${process.arch}/bin/node`;

test('who ends jr under an older Node ends it, and not only the process in front of it', {
  skip: existsSync(own) ? false : 'only on Linux the checkout has a Node of its own',
}, async () => {
  const child = spawn(process.execPath, [`${root}cli/jr.js`, 'plan', '-'], {
    env: {
      ...process.env,
      OLD: 'yes',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}`,
    },
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    printed += text;
  });
  try {
    await once(child.stdout, 'data');
    const closed = once(child, 'close');
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [null, 'SIGTERM']);
    // One that still read its standard input would plan it now.
    child.stdin.end();
    await closed;
    assert.equal(printed, 'behind');
  } finally {
    child.kill('SIGKILL');
  }
});
