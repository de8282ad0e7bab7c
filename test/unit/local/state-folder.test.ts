import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { keepWorkspace, stateFolder, workspaceFolder } from '../../../infra/local/stack/state-folder.ts';
import { tempFolder } from '../../support/temp-folder.ts';

test('a folder that is set to nothing is not set: it would be the one that the command is typed in', () => {
  assert.equal(stateFolder({ JR_HOME: '' }), stateFolder({}));
  assert.equal(workspaceFolder('/home/me/.jr', { JR_WORKSPACE: '' }), '/home/me/.jr/workspace');
  assert.equal(workspaceFolder('/home/me/.jr', { JR_WORKSPACE: '/srv/files' }), '/srv/files');
});

test('the workspace of the last start stays for who starts from a shell that names none, until another is named', async t => {
  const stateDir = await tempFolder(t);
  const own = join(stateDir, 'workspace');
  const files = await tempFolder(t);
  keepWorkspace(stateDir, files);
  assert.equal(workspaceFolder(stateDir, {}), files);
  assert.equal(workspaceFolder(stateDir, { JR_WORKSPACE: '/srv/others' }), '/srv/others');
  assert.equal(workspaceFolder(stateDir, { JR_WORKSPACE: own }), own);
  keepWorkspace(stateDir, own);
  assert.equal(workspaceFolder(stateDir, {}), own);
});

test('a workspace of an earlier start that is away is not begun anew: an empty one would be written in', async t => {
  const stateDir = await tempFolder(t);
  keepWorkspace(stateDir, join(stateDir, 'not-mounted'));
  assert.throws(
    () => workspaceFolder(stateDir, {}),
    /not-mounted, which JR_WORKSPACE named .* is not there: /,
  );
});
