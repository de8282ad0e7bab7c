import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { declaredFunctions } from '../../infra/local/manifest.ts';
import { serverless } from '../../infra/serverless.ts';
import { tempFolder } from '../support/temp-folder.ts';

const network = [
  'vpc_id=vpc-0a1b2c3d4e5f67890',
  'subnet_ids=subnet-0a1b2c3d4e5f67890,subnet-0a1b2c3d4e5f67891',
].concat('security_group_ids=sg-0a1b2c3d4e5f67890');
const ways: Readonly<Record<string, readonly string[]>> = {
  managed: ['database=managed', 'keep_data=yes'],
  existing: [
    ...network,
    'database_secret_arn=arn:aws:secretsmanager:us-east-1:000000000000:secret:jr-AbCdEf',
  ],
  'existing by IAM': [
    ...network,
    'database_iam_user=jr_app',
    'database_resource_id=cluster-0',
    'database_host=db.internal',
    'database_name=jr',
  ],
};

interface Made {
  readonly Resources: Readonly<
    Record<string, { Type: string; Properties: Readonly<Record<string, unknown>> }>
  >;
}

for (const [way, parameters] of Object.entries(ways)) {
  test(`a stage with a database that is ${way}: the made template is whole, and cfn-lint finds nothing`, async t => {
    const folder = await tempFolder(t);
    const args = parameters.flatMap(parameter => ['--param', parameter]);
    const { code } = await serverless(['package', '--stage', 'test', '--package', folder, ...args], {
      keep: true,
      // Packing asks AWS nothing, but wants to know whom it would ask.
      env: { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'us-east-1' },
    });
    assert.equal(code, 0);
    const file = join(folder, 'cloudformation-template-update-stack.json');
    const { Resources }: Made = JSON.parse(await readFile(file, 'utf8'));
    const ofType = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type);
    assert.equal(ofType('AWS::Lambda::Function').length, Object.keys(declaredFunctions).length);

    const sources = ofType('AWS::Lambda::EventSourceMapping');
    const declared = Object.values(declaredFunctions).flatMap(({ sqs = [] }) => sqs);
    assert.equal(sources.length, declared.length);
    for (const { Properties } of sources) {
      const { EventSourceArn, FunctionName } = Properties as Record<string, { 'Fn::GetAtt': string[] }>; // as made
      const typeOf = (value: { 'Fn::GetAtt': string[] } | undefined) =>
        Resources[value?.['Fn::GetAtt'][0] ?? '']?.Type;
      assert.equal(typeOf(EventSourceArn), 'AWS::SQS::Queue');
      assert.equal(typeOf(FunctionName), 'AWS::Lambda::Function');
      assert.deepEqual(Properties['FunctionResponseTypes'], ['ReportBatchItemFailures']);
    }

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
