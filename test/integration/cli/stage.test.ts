// `jr --stage`: against an AWS in Python where it is installed, and what it says when there is no such stage.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { UsageError } from '../../../cli/failures.ts';
import { stageTarget } from '../../../cli/stage-target.ts';
import { logicalId } from '../../../infra/cloud/cloudformation.ts';
import ladder from '../../../infra/ladder.json' with { type: 'json' };
import { createDatabase } from '../../support/database.ts';
import { drainsOf } from '../../support/drains.ts';
import { createExecution, type Execution } from '../../support/execution.ts';
import { insertFailed } from '../../support/failed-kinds.ts';
import { jr } from '../../support/jr.ts';
import { createDocument } from '../../support/messages.ts';
import { type Moto, startMoto, whyNoMoto } from '../../support/moto.ts';
import { until } from '../../support/until.ts';

const noMoto = await whyNoMoto();
if (noMoto !== null) console.error(noMoto);

/** What serverless.yml makes, as far as the command line looks at it. */
const template = {
  Resources: Object.fromEntries(
    ladder.levels.map(({ queue }) => [
      logicalId(queue, 'Queue'),
      { Type: 'AWS::SQS::Queue', Properties: { QueueName: `jr-executor-dev-${queue}` } },
    ]),
  ),
  Outputs: {
    ...Object.fromEntries(
      ladder.levels.map(({ queue }) => [
        logicalId(queue, 'QueueUrl'),
        { Value: { Ref: logicalId(queue, 'Queue') } },
      ]),
    ),
    DatabaseHost: { Value: 'ledger.internal' },
    DatabaseSecretArn: { Value: 'arn:aws:secretsmanager:eu-central-1:1:secret:none' },
  },
};

describe('jr --stage against moto', { skip: noMoto ?? false }, () => {
  let moto: Moto;
  let execution: Execution;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  before(async () => {
    [moto, execution, folder] = await Promise.all([
      startMoto(),
      createExecution(),
      mkdtemp(join(tmpdir(), 'jr-stage-')),
    ]);
    Object.assign(process.env, moto.env);
    env = { ...process.env, JR_HOME: join(folder, 'no-local-stack'), DATABASE_URL: execution.database.url };
    const client = new CloudFormationClient({});
    await client.send(
      new CreateStackCommand({ StackName: 'jr-executor-dev', TemplateBody: JSON.stringify(template) }),
    );
    await writeFile(join(folder, 'task.md'), createDocument('made/in-stage.txt', 'made'));
  });
  after(async () => {
    for (const name of Object.keys(moto.env)) delete process.env[name];
    await moto.stop();
    await execution.close();
    await rm(folder, { recursive: true, force: true });
  });
  const run = (...args: string[]) => jr([...args, '--stage', 'dev'], { env, cwd: folder });

  test('submit goes to its queue with its trace, and status, trace and dlq read its ledger', async () => {
    const { tasksQueueUrl } = await stageTarget('dev', env);
    const sqs = new SQSClient({ useQueueUrlAsEndpoint: false });
    env['TRACEPARENT'] = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const submitted = run('submit', 'task.md', '--wait', '--json');
    await until(async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: tasksQueueUrl, MessageAttributeNames: ['All'] }),
      );
      for (const { MessageId = '', Body = '', MessageAttributes } of Messages) {
        assert.equal(MessageAttributes?.['traceparent']?.StringValue, env['TRACEPARENT']);
        await execution.invoke([{ messageId: MessageId, body: Body }]);
      }
      return Messages.length > 0;
    });
    const { code, stdout, stderr } = await submitted;
    assert.equal(code, 0, stderr);
    assert.partialDeepStrictEqual(JSON.parse(stdout), { task_id: 1, task: { status: 'completed' } });
    assert.equal(await execution.read('made/in-stage.txt'), 'made\n');
    const [status, trace, dlq] = await Promise.all([
      run('status', '--json'),
      run('trace', '1', '--json'),
      run('dlq', '--json'),
    ]);
    assert.deepEqual(JSON.parse(status.stdout).counts, { completed: 1 });
    assert.partialDeepStrictEqual(JSON.parse(trace.stdout), { task_id: 1, status: 'completed' });
    assert.deepEqual(JSON.parse(dlq.stdout).entries, []);
  });

  test('doctor looks at its queues, functions and schedules, and says what mends the stage', async () => {
    const { code, stdout, stderr } = await run('doctor', '--json');
    assert.equal(code, 1, stderr);
    const { checks } = JSON.parse(stdout);
    const of = (name: string) => checks.find((check: { name: string }) => check.name === name);
    assert.equal(of('ledger').state, 'ok', of('ledger').summary);
    assert.match(of('queues').summary, /^4 reachable/);
    assert.equal(of('workspace'), undefined);
    // moto has neither: the template above makes none.
    assert.partialDeepStrictEqual(of('functions'), { state: 'bad', mend: 'npm run deploy -- --stage dev' });
    assert.match(of('functions').summary, /execute-task: .*not found/i);
    assert.match(of('schedules').summary, /jr-executor-dev-dlq-retry-1 is missing/);
  });

  test('drain asks the function of the stage, and tells what its runbook answers', async () => {
    // moto runs no function of ours: Lambda is this server, the runbook is real.
    await insertFailed(execution.database.pool, { network: 2 }, execution.now);
    const invoked: string[] = [];
    const lambda = createServer(async (request, response) => {
      invoked.push(request.url ?? '');
      let body = '';
      for await (const chunk of request) body += chunk;
      response.end(JSON.stringify(await drainsOf(execution).invoke(JSON.parse(body))));
    });
    await new Promise<void>(resolve => lambda.listen(0, '127.0.0.1', resolve));
    const { port } = lambda.address() as AddressInfo; // it listens on a port, not on a pipe
    try {
      const there = { env: { ...env, AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${port}` }, cwd: folder };
      const [open, status] = await Promise.all([
        jr(['drain', 'categorize', '--stage', 'dev'], there),
        jr(['drain', 'status', '--stage', 'dev'], there),
      ]);
      assert.equal(open.code, 0, open.stderr);
      assert.match(open.stdout, /QUEUE_UNAVAILABLE +transient +2 /);
      assert.match(status.stdout, /There was no drain yet/);
    } finally {
      lambda.close();
    }
    assert.deepEqual(new Set(invoked), new Set(['/2015-03-31/functions/jr-executor-dev-drain/invocations']));
  });

  test('an import names the instruction files that it cannot put back, and puts them where it is told', async () => {
    await execution.put('docs/by-name.md', createDocument('made/by-name.txt', 'made'));
    await execution.database.pool.query(
      `update jr_work_queue set instruction_content = null, instruction_file = 'docs/by-name.md'
       where id = (select max(original_task_id) from jr_failed_tasks_dlq)`,
    );
    const signed = { operator: 'ada', reason: 'to another region' };
    const { run: exported } = await drainsOf(execution).invoke({ action: 'export', ...signed });
    const file = execution.pathOf(exported?.export?.file ?? assert.fail('no export'));
    const importInto = async (...options: string[]) => {
      const empty = await createDatabase();
      const there = { env: { ...env, DATABASE_URL: empty.url }, cwd: folder };
      const ended = await jr(['dlq', 'import', file, '--stage', 'dev', ...options], there);
      await empty.drop();
      return ended;
    };
    const blind = await importInto();
    assert.equal(blind.code, 0, blind.stderr);
    assert.match(
      blind.stdout,
      /^NOT put back, .* not in reach from here: docs\/by-name\.md\nTasks that name one/m,
    );
    const mounted = await importInto('--workspace', folder);
    assert.match(mounted.stdout, /^Instruction files that were missing .* are back: docs\/by-name\.md$/m);
    assert.equal(
      await readFile(join(folder, 'docs/by-name.md'), 'utf8'),
      createDocument('made/by-name.txt', 'made'),
    );
    const nowhere = await importInto('--workspace', join(folder, 'nowhere'));
    assert.equal(nowhere.code, 2);
    assert.match(nowhere.stderr, /nowhere is no folder: name the workspace's\./);
  });

  test('a stage that is not there, and a ledger that is out of reach, say what to do', async () => {
    const [unknown, unreachable] = await Promise.all([
      jr(['status', '--stage', 'nowhere'], { env }),
      jr(['status', '--stage', 'dev'], { env: { ...env, DATABASE_URL: 'postgres://jr@127.0.0.1:1/jr' } }),
    ]);
    assert.equal(unknown.code, 2);
    assert.match(
      unknown.stderr,
      /There is no stage nowhere: no stack jr-executor-nowhere in eu-central-1\. Deploy it with "npm run deploy -- --stage nowhere"/,
    );
    assert.equal(unreachable.code, 2);
    assert.match(unreachable.stderr, /reachable from here\? .* set DATABASE_URL to its near end/);
  });
});

describe('what a stage cannot be found by', () => {
  let server: Server;
  let answer = '';
  let status = 200;

  const nothing = {
    AWS_REGION: '',
    AWS_DEFAULT_REGION: '',
    AWS_PROFILE: '',
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  };

  before(async () => {
    server = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'text/xml' }).end(answer);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
    Object.assign(process.env, { AWS_ENDPOINT_URL_CLOUDFORMATION: `http://127.0.0.1:${port}` });
  });
  after(() => {
    delete process.env['AWS_ENDPOINT_URL_CLOUDFORMATION'];
    server.close();
    server.closeAllConnections();
  });

  async function refused(env: Record<string, string>): Promise<string> {
    const before = { ...process.env };
    for (const name of Object.keys(nothing)) delete process.env[name];
    Object.assign(
      process.env,
      Object.fromEntries(Object.entries({ ...nothing, ...env }).filter(([, v]) => v !== '')),
    );
    try {
      await stageTarget('dev', env);
    } catch (error) {
      assert.ok(error instanceof UsageError, String(error));
      return error.message;
    } finally {
      for (const name of Object.keys(nothing)) delete process.env[name];
      Object.assign(process.env, before);
    }
    return assert.fail('it was found');
  }

  const access = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const stackOf = (outputs: Record<string, string>) =>
    `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>jr-executor-dev</StackName><StackStatus>CREATE_IN_PROGRESS</StackStatus><Outputs>${Object.entries(
      outputs,
    )
      .map(
        ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
      )
      .join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

  test('no region, no credentials: both are named', async () => {
    assert.match(await refused({}), /^Where is stage dev\? Set AWS_REGION/);
    assert.match(
      await refused({ AWS_REGION: 'eu-central-1' }),
      /^There are no AWS credentials .* set AWS_PROFILE, or AWS_ACCESS_KEY_ID/,
    );
  });

  test('an account that refuses, and a region that nobody answers for, say what to look at', async t => {
    status = 403;
    answer =
      '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>bob may not</Message></Error></ErrorResponse>';
    assert.equal(
      await refused(access),
      'CloudFormation does not say where stage dev is (AccessDenied: bob may not): take credentials that may cloudformation:DescribeStacks in eu-central-1.',
    );
    status = 200;
    const endpoint = process.env['AWS_ENDPOINT_URL_CLOUDFORMATION'];
    process.env['AWS_ENDPOINT_URL_CLOUDFORMATION'] = 'http://127.0.0.1:1';
    t.after(() => Object.assign(process.env, { AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint }));
    assert.match(
      await refused(access),
      /^CloudFormation does not answer about stage dev \(.*ECONNREFUSED.*\): is AWS_REGION \(eu-central-1\) right, and is there a way to AWS from here\?$/,
    );
  });

  test('a stack that is half made, or does not say where its ledger is', async () => {
    answer = stackOf({});
    assert.match(
      await refused(access),
      /^The stack jr-executor-dev is CREATE_IN_PROGRESS and does not say where its queue jr-tasks is: deploy it/,
    );
    answer = stackOf({ JrTasksQueueUrl: 'https://sqs/1/q' });
    assert.match(await refused(access), /^Stage dev does not say where its ledger is: set DATABASE_URL\./);
  });

  test('where the functions have a user of their own, people log in as it and not as the owner', async () => {
    answer = stackOf({
      JrTasksQueueUrl: 'https://sqs/1/q',
      DatabaseSecretArn: 'arn:s',
      DatabaseIamUser: 'jr_functions',
      DatabaseHost: 'h',
      DatabaseName: 'jr',
    });
    Object.assign(process.env, access);
    const { ledger } = await stageTarget('dev', {});
    assert.deepEqual(ledger, {
      kind: 'iam',
      login: { host: 'h', port: 5432, database: 'jr', user: 'jr_functions' },
      proxied: false,
    });
  });

  test('what the stage says of its ledger is taken, unless DATABASE_URL says another', async () => {
    answer = stackOf({
      JrTasksQueueUrl: 'https://sqs/1/q',
      DatabaseSecretArn: 'arn:s',
      DatabaseHost: 'h',
      DatabasePort: '6432',
    });
    Object.assign(process.env, access);
    assert.partialDeepStrictEqual(await stageTarget('dev', {}), {
      tasksQueueUrl: 'https://sqs/1/q',
      ledger: { kind: 'secret', secretArn: 'arn:s', place: { host: 'h', port: 6432 } },
    });
    assert.deepEqual((await stageTarget('dev', { DATABASE_URL: 'postgres://x/y' })).ledger, {
      kind: 'url',
      url: 'postgres://x/y',
    });
    assert.equal(
      (await stageTarget('dev', { DATABASE_URL: 'postgres://x/y' })).functionName('drain'),
      'jr-executor-dev-drain',
    );
  });
});
