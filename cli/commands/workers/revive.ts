import { setTimeout as sleep } from 'node:timers/promises';
import type { JrRegistry } from '../../../shared/ports/jr-registry.ts';
import { askJr, unknownJr } from '../../ask-jr.ts';
import { exitCodes } from '../../failures.ts';
import { refuse, say } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';

/** An answer takes this long at most while the queue is short. */
const answerMs = 5_000;
const lookMs = 100;

/** `jr workers revive`: tries a silent Jr now, with its failures forgotten, and waits for the answer. */
export async function revive(name: string, { json }: { readonly json?: boolean }): Promise<number> {
  return await withStack(async client => {
    const result = await client.jrs.revive(name, new Date());
    const fields = { jr_name: name, tried: result === 'tried' };
    switch (result) {
      case 'unknown':
        throw unknownJr(name);
      case 'not_silent':
        return refuse(json, fields, `${name} has not fallen silent: there is nothing to revive.`);
      case 'out_of_service':
        return refuse(json, fields, `${name} is out of service: put it back with "npx jr workers in".`);
      case 'tried': {
        await askJr(client, name);
        const answered = await awaitAnswer(client.jrs, name);
        const text = answered
          ? `${name} has answered and is online again.`
          : `${name} was asked and has not answered yet: if it does within five minutes it is online, otherwise it is tried again after a pause. See "npx jr workers".`;
        say(json, { ...fields, answered }, text);
        return answered ? exitCodes.done : exitCodes.failed;
      }
    }
  });
}

async function awaitAnswer(jrs: JrRegistry, name: string): Promise<boolean> {
  const until = Date.now() + answerMs;
  for (;;) {
    const jr = (await jrs.list()).find(({ jr_name }) => jr_name === name);
    if (jr?.is_online) return true;
    if (Date.now() >= until) return false;
    await sleep(lookMs);
  }
}
