import { downStack } from '../../infra/local/control.ts';
import { exitCodes } from '../failures.ts';
import { print } from '../print.ts';

/** `jr down`: stops the local stack. What it holds stays for the next start. */
export async function down({ json = false }: { readonly json?: boolean }): Promise<number> {
  const stopped = await downStack();
  const text = stopped
    ? 'The local stack is down. What it holds stays for the next "npx jr up".'
    : 'The local stack was not running.';
  print(json ? `${JSON.stringify({ stopped })}\n` : `${text}\n`);
  return exitCodes.done;
}
