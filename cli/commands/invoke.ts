import { z } from 'zod';
import { declaredFunctions } from '../../infra/local/manifest.ts';
import { exitCodes, UsageError } from '../failures.ts';
import { invokeFunction } from '../invoke-function.ts';
import { print } from '../print.ts';
import { withStack } from '../stack-client.ts';

interface Options {
  readonly payload: string;
  readonly json?: boolean;
}

/** How an answer says that what was asked for was not done: the runbook's, a sweep's with its parts, that to messages. */
const undone = z.union([
  z.object({ ok: z.literal(false) }),
  z.object({ failed: z.array(z.unknown()).nonempty() }),
  z.object({ batchItemFailures: z.array(z.unknown()).nonempty() }),
]);

/** `jr invoke`: runs a function once and prints its answer; exit code 1 when it failed, or says that it did not do it. */
export async function invoke(name: string, { payload, json }: Options): Promise<number> {
  const event = eventOf(payload);
  if (!(name in declaredFunctions)) {
    throw new UsageError(
      `There is no function ${name}; there are ${Object.keys(declaredFunctions).join(', ')}.`,
    );
  }
  return await withStack(async ({ target }) => {
    const { payload: answer, ...ended } = await invokeFunction(target, name, event);
    const failed = ended.failed || undone.safeParse(answer).success;
    const text = json
      ? JSON.stringify({ function: name, failed, payload: answer })
      : `${failed ? `${name} failed:\n` : ''}${JSON.stringify(answer, null, 2)}`;
    print(`${text}\n`);
    return failed ? exitCodes.failed : exitCodes.done;
  });
}

function eventOf(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--payload is not JSON (${why}): give it like --payload '{"dry_run": true}'.`);
  }
}
