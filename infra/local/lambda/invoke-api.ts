import { randomUUID } from 'node:crypto';
import type { Request, Response } from '../http.ts';
import type { AsyncEvents } from './async-events.ts';
import type { FunctionPool } from './function-pool.ts';
import { MAX_EVENT_BYTES } from './sqs-event.ts';

function refuse(status: number, code: string, message: string): Response {
  return {
    status,
    headers: { 'x-amzn-errortype': code, 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify({ Type: 'User', Message: message, message }),
  };
}

/** `name`, `name:qualifier`, `account:function:name` or a whole ARN. */
export function functionNameOf(identifier: string): string {
  const parts = identifier.split(':');
  const at = parts.indexOf('function');
  return (at === -1 ? parts[0] : parts[at + 1]) ?? '';
}

/** Answers the Lambda Invoke API: `POST /2015-03-31/functions/{name}/invocations`. */
export async function answerInvoke(
  request: Request,
  pools: ReadonlyMap<string, FunctionPool>,
  asyncEvents: AsyncEvents,
  functionArn: (name: string) => string,
): Promise<Response> {
  const [version, functions, identifier = '', verb] = request.path;
  const isInvoke = version === '2015-03-31' && functions === 'functions' && verb === 'invocations';
  if (!isInvoke || request.method !== 'POST') {
    return refuse(404, 'UnknownOperationException', 'The local Lambda answers only Invoke.');
  }
  const name = functionNameOf(identifier);
  const pool = pools.get(name);
  if (pool === undefined) {
    return refuse(404, 'ResourceNotFoundException', `Function not found: ${functionArn(name)}`);
  }
  const event = request.body.trim() === '' ? '{}' : request.body;
  if (Buffer.byteLength(event) > MAX_EVENT_BYTES) {
    return refuse(413, 'RequestTooLargeException', `Request must be smaller than ${MAX_EVENT_BYTES} bytes`);
  }
  try {
    JSON.parse(event);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(
      400,
      'InvalidRequestContentException',
      `Could not parse request body into json: Could not parse payload into json: ${reason}`,
    );
  }
  const type = String(request.headers['x-amz-invocation-type'] ?? 'RequestResponse');
  switch (type) {
    case 'DryRun':
      return { status: 204 };
    case 'Event':
      return { status: 202, headers: { 'x-amzn-requestid': await asyncEvents.accept(name, event) } };
    case 'RequestResponse': {
      const outcome = await pool.invoke(event);
      const wantsTail = request.headers['x-amz-log-type'] === 'Tail';
      return {
        status: 200,
        headers: {
          'x-amzn-requestid': outcome.requestId,
          'x-amz-executed-version': '$LATEST',
          ...(outcome.functionError === null ? {} : { 'x-amz-function-error': outcome.functionError }),
          ...(wantsTail ? { 'x-amz-log-result': outcome.logTail } : {}),
        },
        body: outcome.payload,
      };
    }
    default:
      return refuse(400, 'InvalidParameterValueException', `Unknown invocation type ${type}`);
  }
}
