import { InvokeCommand, LambdaClient, LambdaServiceException } from '@aws-sdk/client-lambda';
import { localAccess } from '../shared/local-access.ts';
import { UsageError } from './failures.ts';
import type { Target } from './target.ts';

/** What a function answered: its result, or what it failed with. Both as it sent them. */
export interface Answer {
  readonly failed: boolean;
  readonly payload: unknown;
}

/** What invoking needs of a target. */
type Place = Pick<Target, 'local' | 'functionName'>;

/**
 * Invokes a function by Lambda's own API and waits for its answer.
 *
 * @throws {UsageError} when there is no such function, or nobody listens
 */
export async function invokeFunction(target: Place, name: string, payload: unknown): Promise<Answer> {
  const { local, functionName } = target;
  const client = lambda(target);
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

/**
 * Whether a function answers. One that takes messages is given none, which loads its code and settings and does nothing;
 * the others would begin their work, so Lambda is only asked whether they could be invoked.
 *
 * @throws when it does not
 */
export async function probeFunction(
  target: Place,
  name: string,
  takesMessages: boolean,
  patience: AbortSignal = AbortSignal.timeout(probeMs),
): Promise<null> {
  const client = lambda(target);
  try {
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({
        FunctionName: target.functionName(name),
        InvocationType: takesMessages ? 'RequestResponse' : 'DryRun',
        Payload: takesMessages ? '{"Records":[]}' : '{}',
      }),
      { abortSignal: patience },
    );
    if (FunctionError !== undefined)
      throw new Error(Payload?.transformToString().slice(0, 300) ?? FunctionError);
    return null;
  } catch (error) {
    if (patience.aborted) throw new Error(`no answer within ${probeMs / 1_000} s`);
    throw error;
  } finally {
    client.destroy();
  }
}

const probeMs = 20_000;

function lambda({ local }: Place): LambdaClient {
  return new LambdaClient({
    // What was begun is not begun again because its answer was lost.
    maxAttempts: 1,
    ...(local === null ? {} : localAccess(local.lambda_endpoint)),
  });
}
