// A checkout as git clone leaves it.
import assert from 'node:assert/strict';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { execute, root } from '../../support/jr.ts';

test('before npm ci what is missing is said in a sentence', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'jr-clone-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const script of ['cli/jr.js', 'infra/require-node.js']) {
    await mkdir(dirname(join(folder, script)), { recursive: true });
    await copyFile(join(root, script), join(folder, script));
    const { code, stderr } = await execute(process.execPath, [join(folder, script), 'demo']);
    assert.deepEqual([code, /packages are not installed: run "npm ci"/.test(stderr)], [2, true], stderr);
  }
});
