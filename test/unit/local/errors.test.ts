import assert from 'node:assert/strict';
import { readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { orIfAbsent } from '../../../infra/local/errors.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('a look at what need not be there takes nothing else for absence', async t => {
  const folder = await tempFolder(t);
  const circle = join(folder, 'circle');
  await symlink(circle, circle);
  assert.deepEqual(await readdir(join(folder, 'none')).catch(orIfAbsent([])), []);
  await assert.rejects(readdir(circle).catch(orIfAbsent([])), { code: 'ELOOP' });
});
