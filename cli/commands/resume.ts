import { exitCodes, UsageError } from '../failures.ts';
import { invokeFunction } from '../invoke-function.ts';
import { say, signature } from '../signature.ts';
import { withStack } from '../stack-client.ts';
import type { Target } from '../target.ts';

interface Options {
  readonly reason?: string;
  readonly by?: string;
  readonly json?: boolean;
}

/** The function that rings for what waits; its schedule does the same every minute. */
const dispatcher = 'auto-assign';

/** `jr resume`: what waits is begun again, at once where the dispatcher can be invoked. */
export async function resume({ json, ...options }: Options): Promise<number> {
  return await withStack(async ({ claims, target }) => {
    const { changed, state } = await claims.set(false, signature(options), new Date());
    const rung = await dispatch(target);
    say(
      json,
      { ...state, changed, rung },
      `${changed ? 'Claims are resumed.' : 'Claims were not paused.'} What waits is begun ${rung ? 'now' : 'within a minute'}.`,
    );
    return exitCodes.done;
  });
}

/** Whether the dispatcher has rung; when it cannot be reached its next minute does. */
async function dispatch(target: Target): Promise<boolean> {
  try {
    return !(await invokeFunction(target, dispatcher, {})).failed;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return false;
  }
}
