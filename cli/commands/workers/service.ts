import { oldestAnswer } from '../../../shared/domain/liveness.ts';
import { askJr, unknownJr } from '../../ask-jr.ts';
import { exitCodes } from '../../failures.ts';
import { say } from '../../signature.ts';
import { type StackClient, withStack } from '../../stack-client.ts';

interface Options {
  readonly json?: boolean;
}

/** Tasks that are taken away in one statement. */
const batch = 1_000;

/** `jr workers out`: a Jr gets no tasks any more; those that wait for it go to others at once. */
export async function out(name: string, { json }: Options): Promise<number> {
  return await withStack(async client => {
    const result = await client.jrs.setInService(name, false);
    if (result === 'unknown') throw unknownJr(name);
    const released = await release(client, name);
    say(
      json,
      { jr_name: name, in_service: false, changed: result !== 'already', released },
      `${name} is out of service${result === 'already' ? ' already' : ''}; ${released === 0 ? 'no waiting task was taken from it' : `${released === 1 ? '1 waiting task goes' : `${released} waiting tasks go`} to others`}.`,
    );
    return exitCodes.done;
  });
}

/** `jr workers in`: a Jr is back, without the failures of before. */
export async function back(name: string, { json }: Options): Promise<number> {
  return await withStack(async client => {
    const result = await client.jrs.setInService(name, true);
    if (result === 'unknown') throw unknownJr(name);
    if (result !== 'already') await askJr(client, name);
    say(
      json,
      { jr_name: name, in_service: true, changed: result !== 'already' },
      result === 'already'
        ? `${name} is in service already.`
        : `${name} is in service again, and is given tasks as soon as it has answered.`,
    );
    return exitCodes.done;
  });
}

/** While no other Jr is online its tasks stay with it; the health sweep gives them away when one is. */
async function release({ jrLedger, liveness }: StackClient, name: string): Promise<number> {
  let released = 0;
  for (;;) {
    const now = new Date();
    const tasks = await jrLedger.releaseTasks({ now, seenAfter: oldestAnswer(liveness, now), limit: batch });
    released += tasks.filter(({ jrName }) => jrName === name).length;
    if (tasks.length < batch) return released;
  }
}
