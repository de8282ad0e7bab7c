import { InvokeCommand, LambdaClient, LambdaServiceException } from '@aws-sdk/client-lambda';
import { UsageError } from './failures.ts';
import type { Target } from './target.ts';

/** What a function answered: its result, or what it failed with. Both as it sent them. */
export interface Answer {
  readonly failed: boolean;
  readonly payload: unknown;
}

/**
 * Invokes a function by Lambda's own API and waits for its answer.
 *
 * @throws {UsageError} when there is no such function, or nobody listens
 */
export async function invokeFunction(
  { local, functionName }: Target,
  name: string,
  payload: unknown,
): Promise<Answer> {
  const client = new LambdaClient({
    // What was begun is not begun again because its answer was lost.
    maxAttempts: 1,
    ...(local === null
      ? {}
      : {
          endpoint: local.lambda_endpoint,
          region: 'us-east-1',
          credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
        }),
  });
  try {
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName: functionName(name), Payload: JSON.stringify(payload) }),
    );
    const text = Payload?.transformToString() ?? '';
    return { failed: FunctionError !== undefined, payload: text === '' ? null : JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof LambdaServiceException) throw new UsageError(error.message);
    const where = local === null ? '' : ` at ${local.lambda_endpoint}`;
    const hint = local === null ? '' : ': is the local stack up? See "npx jr up".';
    throw new UsageError(`Lambda does not answer${where} (${error.message})${hint}`);
  } finally {
    client.destroy();
  }
}
