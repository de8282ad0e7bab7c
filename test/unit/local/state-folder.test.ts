import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stateFolder, workspaceFolder } from '../../../infra/local/stack/state-folder.ts';

test('a folder that is set to nothing is not set: it would be the one that the command is typed in', () => {
  assert.equal(stateFolder({ JR_HOME: '' }), stateFolder({}));
  assert.equal(workspaceFolder('/home/me/.jr', { JR_WORKSPACE: '' }), '/home/me/.jr/workspace');
  assert.equal(workspaceFolder('/home/me/.jr', { JR_WORKSPACE: '/srv/files' }), '/srv/files');
});
