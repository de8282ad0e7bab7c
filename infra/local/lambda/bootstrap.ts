/**
 * Runs inside each execution environment: the runtime client of AWS' own Node runtime, as small as it can be.
 * It loads the bundle, asks the Runtime API for events one by one and reports what the handler did.
 * It imports nothing of this project: it is compiled by itself (see host.ts).
 */
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { pathToFileURL } from 'node:url';

const api = new URL(`http://${process.env['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/`);
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

interface Answer {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function call(method: string, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, api), { method, agent }, incoming => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => resolve({ headers: incoming.headers, body: text }));
      incoming.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Without its Runtime API an environment has no purpose and nobody to stop it. */
function leave(): never {
  process.exit(0);
}

function errorBody(thrown: unknown, errorType?: string): string {
  if (!(thrown instanceof Error)) {
    return JSON.stringify({ errorType: errorType ?? typeof thrown, errorMessage: String(thrown), trace: [] });
  }
  const trace = (thrown.stack ?? '').split('\n');
  return JSON.stringify({ errorType: errorType ?? thrown.name, errorMessage: thrown.message, trace });
}

const header = (headers: IncomingHttpHeaders, name: string) => String(headers[name] ?? '');

function contextOf(headers: IncomingHttpHeaders) {
  const deadline = Number(header(headers, 'lambda-runtime-deadline-ms'));
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'],
    functionVersion: process.env['AWS_LAMBDA_FUNCTION_VERSION'],
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    logGroupName: process.env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'],
    invokedFunctionArn: header(headers, 'lambda-runtime-invoked-function-arn'),
    awsRequestId: header(headers, 'lambda-runtime-aws-request-id'),
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

type Handler = (event: unknown, context: ReturnType<typeof contextOf>) => unknown;

async function loadHandler(): Promise<Handler> {
  const [file, name = 'handler'] = (process.env['_HANDLER'] ?? 'index.handler').split('.');
  const url = pathToFileURL(`${process.env['LAMBDA_TASK_ROOT']}/${file}.mjs`).href;
  const handler: unknown = (await import(url))[name];
  if (typeof handler !== 'function') throw new Error(`${file}.${name} is undefined or not exported`);
  if (handler.length >= 3) {
    throw new Error('Node.js 24 on Lambda takes no callback: the handler has to be an async function.');
  }
  return handler as Handler; // what it takes cannot be seen from outside
}

let running: string | undefined;

/** What escapes a handler ends the environment, as on AWS: its state can no longer be trusted. */
function fatal(errorType: string, thrown: unknown): void {
  console.error(thrown);
  const path = running === undefined ? 'init/error' : `invocation/${running}/error`;
  call('POST', path, errorBody(thrown, errorType)).then(
    () => process.exit(128),
    () => leave(),
  );
}
process.on('uncaughtException', error => fatal('Runtime.UncaughtException', error));
process.on('unhandledRejection', reason => fatal('Runtime.UnhandledPromiseRejection', reason));

// The host holds the other end: it closes when the host dies, even while a handler runs or waits for ever.
process.stdin.on('end', leave).on('error', leave).resume();

let handler: Handler;
try {
  handler = await loadHandler();
} catch (error) {
  console.error(error);
  await call('POST', 'init/error', errorBody(error)).catch(leave);
  process.exit(1);
}

for (;;) {
  const next = await call('GET', 'invocation/next').catch(leave);
  const context = contextOf(next.headers);
  running = context.awsRequestId;
  process.env['_X_AMZN_TRACE_ID'] = header(next.headers, 'lambda-runtime-trace-id');
  let path = `invocation/${running}/response`;
  let body: string;
  try {
    body = JSON.stringify((await handler(JSON.parse(next.body), context)) ?? null);
  } catch (error) {
    console.error(error);
    path = `invocation/${running}/error`;
    body = errorBody(error);
  }
  running = undefined;
  await call('POST', path, body).catch(leave);
}
