import type { ExportedFile } from '../../../shared/ports/ledger-export.ts';
import { askDrain, type DrainAnswer } from '../../ask-drain.ts';
import { exitCodes } from '../../failures.ts';
import { given, refuse, say, who } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';

interface Options {
  readonly reason: string;
  readonly by?: string;
  readonly json?: boolean;
}

/** `jr drain stop`: a run stops after its batch. */
export function stop(run: number | undefined, options: Options): Promise<number> {
  const fields = { action: 'stop', ...(run === undefined ? {} : { run_id: run }) };
  return act(fields, options, answer => `Drain ${answer['run_id']} stops after its batch.`);
}

/** `jr drain export`: everything that is open, into a file. */
export function exportOpen(options: Options): Promise<number> {
  return act({ action: 'export' }, options, answer => {
    // As functions/drain/export.ts answers.
    const { file, open_entries } = answer as DrainAnswer & { file: ExportedFile; open_entries: number };
    return [
      `${open_entries} open entries are in ${file.path} of the workspace (${file.bytes} bytes).`,
      `SHA-256 ${file.sha256}, also beside it. Put back into an empty ledger: npx jr dlq import FILE`,
    ].join('\n');
  });
}

async function act(
  fields: object,
  { reason, by, json }: Options,
  describe: (answer: DrainAnswer) => string,
): Promise<number> {
  const signed = { operator: who(by), reason: given('--reason', reason) };
  return await withStack(async ({ target }) => {
    const answer = await askDrain(target, { ...fields, ...signed });
    if (!answer.ok) return refuse(json, { ...answer }, answer.error?.message ?? 'It was not done.');
    say(json, { ...answer }, json ? '' : describe(answer));
    return exitCodes.done;
  });
}
