import { exitCodes } from '../../failures.ts';
import { ringFor } from '../../ring.ts';
import { entryIdOf, given, refuse, say, unknownEntry, who } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';

interface Options {
  readonly notes: string;
  readonly by?: string;
  readonly json?: boolean;
}

/** `jr dlq resolve`: a person has mended it by hand. */
export function resolve(id: string, options: Options): Promise<number> {
  return close('resolve', 'resolved', id, options);
}

/** `jr dlq abandon`: nobody will mend it. */
export function abandon(id: string, options: Options): Promise<number> {
  return close('abandon', 'abandoned', id, options);
}

async function close(
  verb: 'resolve' | 'abandon',
  done: 'resolved' | 'abandoned',
  id: string,
  { notes, by, json }: Options,
): Promise<number> {
  const entryId = entryIdOf(id);
  const signed = { by: who(by), reason: given('--notes', notes) };
  return await withStack(async ({ operations, queue }) => {
    const result = await operations[verb]({ entryId }, signed, new Date());
    if (result.kind === 'unknown') throw unknownEntry(entryId);
    const { taskId } = result;
    const fields = { entry_id: entryId, task_id: taskId, [done]: result.kind === 'done' };
    if (result.kind === 'refused') return refuse(json, fields, result.message);
    if (result.kind === 'done' && result.ring) await ringFor(queue, taskId);
    say(json, fields, `Entry ${entryId} is ${done}; task ${taskId} is over and is not run again.`);
    return exitCodes.done;
  });
}
