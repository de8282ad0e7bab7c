import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { declaredFunctions, declaredLadder } from '../../infra/local/manifest.ts';
import { serverless } from '../../infra/serverless.ts';
import { type Moto, startMoto, whyNoMoto } from '../support/moto.ts';
import { query, signedFor } from '../support/moto-query.ts';
import { tempFolder } from '../support/temp-folder.ts';

const stage = 'moto';
const absent = (await whyNoMoto()) ?? '';

let moto: Moto | null = null;
before(async () => {
  if (absent === '') moto = await startMoto();
  else console.error(`NOT CHECKED: ${absent}`);
});
after(() => moto?.stop());

const client = ({ endpoint, env }: Moto) => ({
  endpoint,
  region: env['AWS_REGION'] ?? '',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

test('a stage is deployed, the same again changes nothing, and removing it leaves nothing', async t => {
  if (moto === null) return t.skip(absent);
  const aws = moto;
  const first = (xml: string, tag: string, count = 1) =>
    [...xml.matchAll(new RegExp(`<${tag}>([^<]+)`, 'g'))]
      .slice(0, count)
      .map(([, id]) => id)
      .join(',');
  const secret = await new SecretsManagerClient(client(aws)).send(
    new CreateSecretCommand({ Name: 'ledger', SecretString: '{"username":"jr","password":"p","host":"h"}' }),
  );
  const ec2 = (action: string) => query(aws, 'ec2', action, '2016-11-15');
  const parameters = {
    vpc_id: first(await ec2('DescribeVpcs'), 'vpcId'),
    subnet_ids: first(await ec2('DescribeSubnets'), 'subnetId', 2),
    security_group_ids: first(await ec2('DescribeSecurityGroups'), 'groupId'),
    database_secret_arn: secret.ARN ?? '',
  };
  const params = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const run = (command: string) =>
    serverless([command, '--stage', stage, ...params, ...(command === 'deploy' ? ['--verbose'] : [])], {
      keep: true,
      env: aws.env,
    });
  const cloudFormation = new CloudFormationClient(client(aws));
  const StackName = `jr-executor-${stage}`;
  const stack = async () => (await cloudFormation.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  const before = await inventory(aws);

  assert.equal((await run('deploy')).code, 0);
  const deployed = await stack();
  const outputs = new Map(deployed?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  assert.equal(outputs.get('ExecuteTaskFunctionName'), `jr-executor-${stage}-execute-task`);
  assert.match(outputs.get('JrTasksQueueUrl') ?? '', new RegExp(`/jr-executor-${stage}-jr-tasks$`));
  assert.equal(outputs.get('DatabaseSecretArn'), secret.ARN);
  const { StackResourceSummaries = [] } = await cloudFormation.send(
    new ListStackResourcesCommand({ StackName }),
  );
  const count = (type: string) =>
    StackResourceSummaries.filter(({ ResourceType }) => ResourceType === type).length;
  assert.equal(count('AWS::Lambda::Function'), Object.keys(declaredFunctions).length);
  assert.equal(count('AWS::SQS::Queue'), declaredLadder.levels.length + 1);

  const during = await inventory(aws);
  // Of every kind that an existing database leaves to be made there is something.
  const { networks, buckets, ...kinds } = during;
  for (const [kind, count] of Object.entries(kinds)) assert.ok(count > (before[kind] ?? 0), kind);

  const again = await run('deploy');
  assert.equal(again.code, 0);
  const unchanged = await stack();
  assert.equal(unchanged?.LastUpdatedTime?.getTime(), deployed?.LastUpdatedTime?.getTime());

  assert.equal((await run('remove')).code, 0);
  assert.deepEqual(await inventory(aws), before);
});

test('of a managed stage all is made and removed but the database, which moto does not know', async t => {
  if (moto === null) return t.skip(absent);
  const folder = await tempFolder(t);
  const args = ['package', '--stage', stage, '--package', folder, '--param', 'database=managed'];
  assert.equal((await serverless(args, { keep: true, env: moto.env })).code, 0);
  const made = await readFile(join(folder, 'cloudformation-template-update-stack.json'), 'utf8');
  // What the cluster would answer is put in, and code that nobody uploaded is left out.
  const answered = made.replace(/\{\s*"Fn::GetAtt":\s*\[\s*"Database",[^\]]*\]\s*\}/g, '"arn:aws:stand:in"');
  const whole: { Resources: Record<string, { Type: string; Properties: { Code?: object } }> } =
    JSON.parse(answered);
  const Resources = Object.fromEntries(
    Object.entries(whole.Resources).filter(([, { Type }]) => !/::(RDS|Lambda)::/.test(Type)),
  );
  const present = new Set(Object.keys(Resources));
  const TemplateBody = JSON.stringify({ Resources }, (key, value: { Ref?: string }) =>
    // Alarms on functions: by any name.
    typeof value?.Ref === 'string' && !value.Ref.startsWith('AWS::') && !present.has(value.Ref) ? key : value,
  ).replaceAll(/"DependsOn":\["[A-Za-z]*LambdaFunction"\],/g, '');
  const cloudFormation = new CloudFormationClient(client(moto));
  const StackName = 'managed';
  const before = await inventory(moto);
  await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody }));
  const { Stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
  assert.equal(Stacks[0]?.StackStatus, 'CREATE_COMPLETE');
  const endpoints = await query(moto, 'ec2', 'DescribeVpcEndpoints', '2016-11-15');
  for (const service of ['sqs', 'scheduler', 'secretsmanager', 'sns']) {
    assert.match(endpoints, new RegExp(`com\\.amazonaws\\.[a-z0-9-]+\\.${service}<`));
  }
  assert.notDeepEqual(await inventory(moto), before);
  await cloudFormation.send(new DeleteStackCommand({ StackName }));
  assert.deepEqual(await inventory(moto), before);
});

/** What there is of the kinds of things that a stage consists of, as far as moto's CloudFormation makes them. */
async function inventory(aws: Moto): Promise<Record<string, number>> {
  const counts = async (service: string, action: string, version: string, tag: string) =>
    (await query(aws, service, action, version)).split(`<${tag}>`).length - 1;
  const headersOf = (service: string) => ({
    host: `${service}.amazonaws.com`,
    ...signedFor(aws, service),
  });
  /** By a REST service: how often its answer has a word. */
  const rest = async (service: string, path: string, word = 'Arn"') =>
    (await (await fetch(`${aws.endpoint}${path}`, { headers: headersOf(service) })).text()).split(word)
      .length - 1;
  const logGroups = await fetch(aws.endpoint, {
    method: 'POST',
    headers: {
      ...headersOf('logs'),
      'x-amz-target': 'Logs_20140328.DescribeLogGroups',
      'content-type': 'application/x-amz-json-1.1',
    },
    body: '{}',
  });
  return {
    roles: await counts('iam', 'ListRoles', '2010-05-08', 'RoleName'),
    topics: await counts('sns', 'ListTopics', '2010-03-31', 'TopicArn'),
    queues: await counts('sqs', 'ListQueues', '2012-11-05', 'QueueUrl'),
    buckets: await rest('s3', '/', '<Name>'),
    groups: await counts('ec2', 'DescribeSecurityGroups', '2016-11-15', 'groupName'),
    networks: await counts('ec2', 'DescribeVpcs', '2016-11-15', 'vpcId'),
    functions: await rest('lambda', '/2015-03-31/functions/'),
    sources: await rest('lambda', '/2015-03-31/event-source-mappings/', '"EventSourceArn"'),
    fileSystems: await rest('elasticfilesystem', '/2015-02-01/file-systems'),
    logGroups: (await logGroups.text()).split('"logGroupName"').length - 1,
  };
}
