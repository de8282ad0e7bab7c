import { declaredFunctions } from '../../infra/local/manifest.ts';
import { exitCodes, UsageError } from '../failures.ts';
import { invokeFunction } from '../invoke-function.ts';
import { withStack } from '../stack-client.ts';

interface Options {
  readonly payload: string;
  readonly json?: boolean;
}

/** `jr invoke`: runs a function once and prints its answer; exit code 1 when it failed. */
export async function invoke(name: string, { payload, json }: Options): Promise<number> {
  const event = eventOf(payload);
  if (!(name in declaredFunctions)) {
    throw new UsageError(
      `There is no function ${name}; there are ${Object.keys(declaredFunctions).join(', ')}.`,
    );
  }
  return await withStack(async ({ target }) => {
    const answer = await invokeFunction(target, name, event);
    const text = json
      ? JSON.stringify({ function: name, failed: answer.failed, payload: answer.payload })
      : `${answer.failed ? `${name} failed:\n` : ''}${JSON.stringify(answer.payload, null, 2)}`;
    process.stdout.write(`${text}\n`);
    return answer.failed ? exitCodes.failed : exitCodes.done;
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
