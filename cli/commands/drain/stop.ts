import { askDrain } from '../../ask-drain.ts';
import { exitCodes } from '../../failures.ts';
import { given, refuse, say, who } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';

interface Options {
  readonly reason: string;
  readonly by?: string;
  readonly json?: boolean;
}

/** `jr drain stop`: a run stops after its batch, an export after its page. */
export async function stop(run: number | undefined, { reason, by, json }: Options): Promise<number> {
  const payload = {
    action: 'stop',
    ...(run === undefined ? {} : { run_id: run }),
    operator: who(by),
    reason: given('--reason', reason),
  };
  return await withStack(async ({ target }) => {
    const answer = await askDrain(target, payload);
    if (!answer.ok) return refuse(json, { ...answer }, answer.error?.message ?? 'It was not done.');
    say(json, { ...answer }, `Drain ${answer['run_id']} stops after its batch.`);
    return exitCodes.done;
  });
}
