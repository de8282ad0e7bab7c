import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SQSClient } from '@aws-sdk/client-sqs';
import { transform } from 'esbuild';
import { StackError, sentence } from '../errors.ts';
import { type Request, type Response, serveHttp } from '../http.ts';
import type { FunctionSpecs } from '../manifest.ts';
import { LOOPBACK } from '../ports.ts';
import { ACCOUNT, queueArn, REGION } from '../sqs/queues.ts';
import type { SqsServer } from '../sqs.ts';
import { AsyncEvents } from './async-events.ts';
import { EventSource } from './event-source.ts';
import { openFunctionLog } from './function-log.ts';
import { FunctionPool } from './function-pool.ts';
import { answerInvoke } from './invoke-api.ts';
import { Leftovers } from './leftovers.ts';
import type { Outcome } from './outcome.ts';

export interface LambdaHost {
  readonly port: number;
  readonly endpoint: string;
  /** Runs a function and waits for it. */
  invoke(name: string, event: string): Promise<Outcome>;
  /** Accepts an event for a function that then runs by itself, three times at most. @throws {StackError} for an unknown one */
  invokeAsync(name: string, event: string): Promise<string>;
  /** Begins to feed the functions from their queues; each has its code loaded by then or shortly after. */
  startPolling(sqs: SqsServer): void;
  /** Stops polling, lets running invocations finish for so long, then ends every process. */
  stop(graceMilliseconds?: number): Promise<void>;
}

export interface LambdaHostOptions {
  readonly functions: FunctionSpecs;
  /** Holds `<name>/index.mjs`. */
  readonly buildDir: string;
  readonly stateDir: string;
  /** 0: a free one. */
  readonly port: number;
  /** What every function finds in its environment. */
  readonly variables: Readonly<Record<string, string>>;
  /** Answers what is not the Invoke API; null: it is. */
  readonly otherwise?: (request: Request) => Response | null;
  /** Waits before a failed asynchronous invocation is tried again; AWS': one minute, then two. */
  readonly asyncWaitsMilliseconds?: readonly number[];
}

const DEFAULT_CONCURRENCY = 2;
const GRACE_MS = 5_000;

export function functionArn(name: string): string {
  return `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`;
}

/** Compiles the runtime client once: Node would strip its types again at each cold start, for 40 ms. */
async function compileBootstrap(folder: string): Promise<string> {
  const source = await readFile(new URL('./bootstrap.ts', import.meta.url), 'utf8');
  const { code } = await transform(source, { loader: 'ts', target: 'node24' });
  const file = join(folder, 'bootstrap.mjs');
  await writeFile(`${file}.draft`, code);
  await rename(`${file}.draft`, file);
  return file;
}

function makePools(
  options: LambdaHostOptions,
  bootstrap: string,
  runtimeApi: string,
  leftovers: Leftovers,
): Map<string, FunctionPool> {
  const { functions, buildDir, stateDir } = options;
  const variables = {
    NODE_COMPILE_CACHE: join(stateDir, 'lambda', 'compile-cache'),
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    ...options.variables,
  };
  const pools = Object.entries(functions).map(([name, spec]) => {
    const pool = new FunctionPool(
      {
        functionName: name,
        functionArn: functionArn(name),
        timeoutSeconds: spec.timeout_seconds,
        memoryMb: spec.memory_mb,
        taskRoot: join(buildDir, name),
        bootstrap,
        variables,
        leftovers,
        log: openFunctionLog(join(stateDir, 'log', `${name}.log`)),
      },
      runtimeApi,
    );
    return [name, pool] as const;
  });
  return new Map(pools);
}

/** Starts the Lambda host: Runtime API, execution environments and Invoke API, all on loopback. */
export async function startLambdaHost(options: LambdaHostOptions): Promise<LambdaHost> {
  const folder = join(options.stateDir, 'lambda');
  await mkdir(folder, { recursive: true });
  let pools: ReadonlyMap<string, FunctionPool> = new Map();

  const runtime = await serveHttp({
    port: 0,
    name: 'the Lambda Runtime API',
    handle: ({ method, path, body }) => {
      // /{environment}/2018-06-01/runtime/...
      const [id, , , ...rest] = path;
      const environment = [...pools.values()]
        .map(pool => pool.environment(id))
        .find(found => found !== undefined);
      return environment?.answer(method, rest, body) ?? { status: 404 };
    },
  });
  const bootstrap = await compileBootstrap(folder);
  const leftovers = new Leftovers(join(folder, 'processes'), bootstrap);
  await leftovers.end();
  pools = makePools(options, bootstrap, `${LOOPBACK}:${runtime.port}`, leftovers);

  const invoke = async (name: string, event: string, requestId?: string) => {
    const pool = pools.get(name);
    if (pool === undefined) throw new StackError(`There is no function ${name}.`);
    return pool.invoke(event, requestId);
  };
  const asyncEvents = new AsyncEvents(join(folder, 'events'), invoke, options.asyncWaitsMilliseconds);
  const api = await serveHttp({
    port: options.port,
    name: 'Lambda',
    setting: 'JR_LAMBDA_PORT',
    handle: request => options.otherwise?.(request) ?? answerInvoke(request, pools, asyncEvents, functionArn),
  }).catch(async error => {
    await runtime.stop();
    throw error;
  });

  const sources: EventSource[] = [];
  let releasePolls = () => {};
  let client: SQSClient | undefined;
  return {
    port: api.port,
    endpoint: api.endpoint,
    invoke,
    invokeAsync: async (name, event) => {
      if (!pools.has(name)) throw new StackError(`There is no function ${name}.`);
      return asyncEvents.accept(name, event);
    },
    startPolling: sqs => {
      releasePolls = () => sqs.releasePolls();
      client = new SQSClient({
        endpoint: sqs.endpoint,
        region: REGION,
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      });
      for (const [name, pool] of pools) {
        const triggers = options.functions[name]?.sqs ?? [];
        if (triggers.length > 0) pool.warm();
        for (const trigger of triggers) {
          const queueUrl = sqs.queues[trigger.queue];
          if (queueUrl === undefined) {
            throw new StackError(`${name} reads ${trigger.queue}, which infra/ladder.json does not name.`);
          }
          sources.push(
            new EventSource(pool, client, {
              queueUrl,
              queueArn: queueArn(trigger.queue),
              batchSize: trigger.batch_size,
              maximumConcurrency: trigger.maximum_concurrency ?? DEFAULT_CONCURRENCY,
            }),
          );
        }
      }
      asyncEvents
        .resume()
        .catch(error => console.error(`Events of an earlier start wait: ${sentence(error)}`));
    },
    stop: async (graceMilliseconds = GRACE_MS) => {
      asyncEvents.stop();
      await Promise.all(sources.map(source => source.stopPolling(releasePolls)));
      await Promise.all([...pools.values()].map(pool => pool.stop(graceMilliseconds)));
      await Promise.all(sources.map(source => source.idle()));
      client?.destroy();
      await Promise.all([api.stop(), runtime.stop()]);
      await Promise.all([...pools.values()].map(pool => pool.spec.log.close()));
    },
  };
}
