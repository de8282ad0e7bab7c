import { exitCodes } from '../../failures.ts';
import { print } from '../../print.ts';
import { withStack } from '../../stack-client.ts';
import { describeJrs, stateOf } from '../../workers-text.ts';

/** `jr workers list`: every registered Jr. */
export async function list({ json }: { readonly json?: boolean }): Promise<number> {
  return await withStack(async ({ jrs, liveness }) => {
    const all = await jrs.list();
    const now = new Date();
    const text = json
      ? JSON.stringify({ workers: all.map(jr => ({ ...jr, state: stateOf(jr, liveness, now) })) })
      : describeJrs(all, liveness, now);
    print(`${text}\n`);
    return exitCodes.done;
  });
}
