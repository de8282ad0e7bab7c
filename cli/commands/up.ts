import { upStack } from '../../infra/local/control.ts';
import { exitCodes } from '../failures.ts';
import { paint } from '../paint.ts';
import { print } from '../print.ts';
import { stackLines } from '../stack-text.ts';

/** `jr up`: starts the local stack in the background, or finds the one that runs. */
export async function up({ json = false }: { readonly json?: boolean }): Promise<number> {
  const { info, started } = await upStack({
    onProgress: line => {
      if (!json) process.stderr.write(`${paint('dim', line)}\n`);
    },
  });
  if (json) print(`${JSON.stringify(info)}\n`);
  else {
    const title = started ? 'The local stack is up.' : 'The local stack was up already.';
    print(`${[paint('bold', title), ...stackLines(info)].join('\n')}\n`);
  }
  return exitCodes.done;
}
