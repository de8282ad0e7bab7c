import { askJr, unknownJr } from '../../ask-jr.ts';
import { exitCodes, UsageError } from '../../failures.ts';
import { refuse, say } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';

interface Options {
  readonly role?: string;
  readonly specialty?: readonly string[];
  readonly capacity?: number;
  readonly json?: boolean;
}

/** `jr workers add`: registers a Jr, so that tasks can be given to it. */
export async function add(name: string, { json, ...options }: Options): Promise<number> {
  if (name.trim() === '' || name !== name.trim()) {
    throw new UsageError(`${JSON.stringify(name)} is no name for a Jr: give one without blanks around it.`);
  }
  return await withStack(async client => {
    const fields = { jr_name: name, added: await client.jrs.add(name, settingsOf(options)) };
    if (!fields.added) {
      return refuse(json, fields, `${name} is registered already: change it with "npx jr workers set".`);
    }
    await askJr(client, name);
    say(json, fields, `${name} is registered, and is given tasks as soon as it has answered.`);
    return exitCodes.done;
  });
}

/** `jr workers set`: changes what is given. */
export async function set(name: string, { json, ...options }: Options): Promise<number> {
  if (Object.keys(options).length === 0) {
    throw new UsageError('Say what to change: --role, --specialty or --capacity.');
  }
  return await withStack(async ({ jrs }) => {
    if (!(await jrs.change(name, settingsOf(options)))) throw unknownJr(name);
    say(json, { jr_name: name, changed: true }, `${name} is changed.`);
    return exitCodes.done;
  });
}

function settingsOf({ role, specialty, capacity }: Options) {
  return { role: role ?? null, specialties: specialty ?? null, capacity: capacity ?? null };
}
