import { exitCodes, UsageError } from '../failures.ts';
import { invokeFunction } from '../invoke-function.ts';
import { say, signature } from '../signature.ts';
import { withStack } from '../stack-client.ts';

interface Options {
  readonly reason?: string;
  readonly by?: string;
  readonly json?: boolean;
}

/** The function that rings for what waits; its schedule does the same every minute. */
const dispatcher = 'auto-assign';

/** `jr resume`: what waits is begun again, at once where the dispatcher can be invoked. */
export async function resume({ json, ...options }: Options): Promise<number> {
  return await withStack(async ({ claims, lambdaEndpoint }) => {
    const { changed, state } = await claims.set(false, signature(options), new Date());
    const rung = await dispatch(lambdaEndpoint);
    say(
      json,
      { ...state, changed, rung },
      `${changed ? 'Claims are resumed.' : 'Claims were not paused.'} What waits is begun ${rung ? 'now' : 'within a minute'}.`,
    );
    return exitCodes.done;
  });
}

/** Whether the dispatcher has rung; when it cannot be reached its next minute does. */
async function dispatch(lambdaEndpoint: string): Promise<boolean> {
  try {
    return !(await invokeFunction(lambdaEndpoint, dispatcher, {})).failed;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return false;
  }
}
