import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from '../../../infra/local/make-folder.ts';

test('a folder is made with those above it, or was there, also behind a link', t => {
  const root = mkdtempSync(join(tmpdir(), 'jr-make-folder-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  makeFolder(join(root, 'a/b/c'));
  makeFolder(join(root, 'a/b/c'));
  assert.ok(statSync(join(root, 'a/b/c')).isDirectory());
  symlinkSync(join(root, 'a'), join(root, 'link'));
  makeFolder(join(root, 'link'));
  makeFolder(join(root, 'link/d'));
  assert.ok(statSync(join(root, 'a/d')).isDirectory());
  writeFileSync(join(root, 'file'), '');
  assert.throws(() => makeFolder(join(root, 'file')), { code: 'EEXIST' });
  assert.throws(() => makeFolder(join(root, 'file/below')), { code: 'EEXIST' });
});

test('where no folder can be made it says so and comes back: below /proc Node itself tries for ever', () => {
  assert.throws(() => makeFolder('/proc/nowhere/log'), { syscall: 'mkdir' });
});
