import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Resources } from '../../infra/cloud/cloudformation.ts';
import { serverless } from '../../infra/serverless.ts';
import { functionRules } from '../support/stage/function-rules.ts';
import { stageRules, unmissed } from '../support/stage/rules.ts';
import { settingsOf, ways } from '../support/stage/ways.ts';
import { tempFolder } from '../support/temp-folder.ts';

const stage = 'test';
/** Packing takes seconds each; the plain one with an existing database has nothing that these have not. */
const { existing: _, ...packed } = ways;

for (const [way, given] of Object.entries(packed)) {
  test(`a stage with a database that is ${way}: what CloudFormation gets is whole, and cfn-lint finds nothing`, async t => {
    const folder = await tempFolder(t);
    const args = Object.entries(given).flatMap(([name, value]) =>
      value === '' ? [] : ['--param', `${name}=${value}`],
    );
    const { code } = await serverless(['package', '--stage', stage, '--package', folder, ...args], {
      keep: true,
      // Packing asks AWS nothing, but wants to know whom it would ask.
      env: { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'us-east-1' },
    });
    assert.equal(code, 0);
    const file = join(folder, 'cloudformation-template-update-stack.json');
    const { Resources }: { Resources: Resources } = JSON.parse(await readFile(file, 'utf8'));
    const made = { settings: settingsOf(stage, given), resources: Resources };
    const rules = { ...stageRules(made), ...functionRules };
    for (const [sentence, rule] of Object.entries(rules)) await t.test(sentence, () => rule(made));
    if (way === 'managed')
      await t.test('whatever is taken away from it is missed', () =>
        assert.deepEqual(unmissed(made, rules), []),
      );

    const lint = await cfnLint(file);
    if (lint === null) {
      console.error('NOT CHECKED: cfn-lint is not installed here; "pip install cfn-lint" brings it.');
      return t.skip('cfn-lint is not installed: the template was not linted');
    }
    assert.equal(lint, '');
  });
}

/** What it finds, or null where it is not installed. */
function cfnLint(file: string): Promise<string | null> {
  return new Promise((resolve, reject) => {
    execFile('cfn-lint', ['--non-zero-exit-code', 'none', file], (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      // 127: a version manager knows the name and has no program behind it.
      else if (error.code === 'ENOENT' || error.code === 127) resolve(null);
      else reject(new Error(`cfn-lint failed: ${stderr}`));
    });
  });
}
