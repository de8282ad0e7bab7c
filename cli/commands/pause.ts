import { pausedLine } from '../claims-text.ts';
import { exitCodes } from '../failures.ts';
import { given, say, signature } from '../signature.ts';
import { withStack } from '../stack-client.ts';

interface Options {
  readonly reason: string;
  readonly by?: string;
  readonly json?: boolean;
}

/** `jr pause`: nothing is begun any more until `jr resume`; what comes in is kept, what runs goes on. */
export async function pause({ json, ...options }: Options): Promise<number> {
  given('--reason', options.reason);
  return await withStack(async ({ claims }) => {
    const { changed, state } = await claims.set(true, signature(options), new Date());
    const line = pausedLine(state) ?? '';
    say(json, { ...state, changed }, changed ? line : `They were paused already. ${line}`);
    return exitCodes.done;
  });
}
