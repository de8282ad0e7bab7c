import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { logicalId } from '../infra/cloud/cloudformation.ts';
import { functionName, stageRefused } from '../infra/cloud/names.ts';
import { declaredLadder } from '../infra/local/manifest.ts';
import { type LedgerSettings, readLedgerSettings } from '../shared/ledger-config.ts';
import { UsageError } from './failures.ts';
import type { Target } from './target.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** `service` of serverless.yml: what the names of all stages begin with. */
const service = 'jr-executor';

/**
 * A deployed stage, by the outputs of its stack in CloudFormation. The ledger is where DATABASE_URL says, if it says
 * something, else where the stage says.
 *
 * @throws {UsageError} saying what to do when it cannot be found
 */
export async function stageTarget(stage: string, env: Environment): Promise<Target> {
  const refused = stageRefused(stage);
  if (refused !== null) throw new UsageError(refused);
  const name = functionName(service, stage);
  const stack = await describe(name, stage, env);
  const outputs = new Map(stack.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const queues = Object.fromEntries(
    declaredLadder.levels.map(({ queue }) => [queue, outputs.get(logicalId(queue, 'QueueUrl')) ?? '']),
  );
  const queue = declaredLadder.levels[0]?.queue ?? '';
  const tasksQueueUrl = queues[queue] ?? '';
  if (tasksQueueUrl === '') {
    throw new UsageError(
      `The stack ${name} is ${stack.StackStatus} and does not say where its queue ${queue} is: deploy it to its end with "npm run deploy -- --stage ${stage}".`,
    );
  }
  return {
    ledger: ledgerOf(stage, outputs, env),
    tasksQueueUrl,
    queues,
    schedules: { group: 'default', nameOf: key => functionName(name, key) },
    stage,
    functionName: each => functionName(name, each),
    local: null,
  };
}

async function describe(name: string, stage: string, env: Environment): Promise<Stack> {
  const client = new CloudFormationClient({});
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: name }));
    const [stack] = Stacks;
    if (stack === undefined) throw new UsageError(`CloudFormation tells nothing of the stack ${name}.`);
    return stack;
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(whyNot(error, name, stage, env));
  } finally {
    client.destroy();
  }
}

function whyNot(error: unknown, name: string, stage: string, env: Environment): string {
  const { name: kind, message } = error instanceof Error ? error : new Error(String(error));
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? null;
  const inRegion = region === null ? '' : ` in ${region}`;
  if (/Region is missing/.test(message)) {
    return `Where is stage ${stage}? Set AWS_REGION to its region, such as eu-central-1.`;
  }
  if (/Credentials/.test(kind)) {
    return `There are no AWS credentials to look at stage ${stage} with (${message}): set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`;
  }
  if (/does not exist/.test(message)) {
    return `There is no stage ${stage}: no stack ${name}${inRegion}. Deploy it with "npm run deploy -- --stage ${stage}", or set AWS_REGION and AWS_PROFILE to where it is.`;
  }
  if (error instanceof CloudFormationServiceException) {
    const advice =
      error.$metadata.httpStatusCode === 403
        ? `: take credentials that may cloudformation:DescribeStacks${inRegion}.`
        : ': try it again.';
    return `CloudFormation does not say where stage ${stage} is (${kind}: ${message})${advice}`;
  }
  return `CloudFormation does not answer about stage ${stage} (${message}): is AWS_REGION${region === null ? '' : ` (${region})`} right, and is there a way to AWS from here?`;
}

/**
 * The outputs are named as the variables that the functions find the ledger by. Where the functions have a login of their
 * own, people take the same: the secret is then that of the owner, for who makes tables.
 */
function ledgerOf(
  stage: string,
  outputs: ReadonlyMap<string | undefined, string | undefined>,
  env: Environment,
): LedgerSettings {
  const said = {
    DATABASE_URL: env['DATABASE_URL'],
    DATABASE_SECRET_ARN: outputs.has('DatabaseIamUser') ? undefined : outputs.get('DatabaseSecretArn'),
    DATABASE_IAM_USER: outputs.get('DatabaseIamUser'),
    DATABASE_HOST: env['DATABASE_HOST'] ?? outputs.get('DatabaseHost'),
    DATABASE_PORT: env['DATABASE_PORT'] ?? outputs.get('DatabasePort'),
    DATABASE_NAME: env['DATABASE_NAME'] ?? outputs.get('DatabaseName'),
  };
  try {
    return readLedgerSettings(said);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`Stage ${stage} does not say where its ledger is: set DATABASE_URL. (${why})`);
  }
}
