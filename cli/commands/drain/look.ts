import type { Category } from '../../../shared/domain/category.ts';
import type { Verification } from '../../../shared/domain/drain-report.ts';
import type { ClaimsState } from '../../../shared/ports/claims-switch.ts';
import type { DrainRunView, SampledEntry } from '../../../shared/ports/drain-view.ts';
import { askDrain, type DrainAnswer } from '../../ask-drain.ts';
import { categoryLines, sampleLines } from '../../category-text.ts';
import { pausedLine } from '../../claims-text.ts';
import { type FilterOptions, filterFields } from '../../drain-filter.ts';
import { describeRun, verificationLines } from '../../drain-text.ts';
import { exitCodes } from '../../failures.ts';
import { refuse, say } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';

interface Json {
  readonly json?: boolean;
}

/** `jr drain status`: claims, open entries and a run. */
export function status(run: number | undefined, { json }: Json): Promise<number> {
  const payload = { action: 'status', ...(run === undefined ? {} : { run_id: run }) };
  return look<{ claims: ClaimsState; open_entries: number; run: DrainRunView | null }>(
    payload,
    json,
    answer => [
      ...[pausedLine(answer.claims) ?? 'Claims are not paused.'],
      answer.open_entries === 1 ? '1 entry is open.' : `${answer.open_entries} entries are open.`,
      '',
      answer.run === null ? 'There was no drain yet.' : describeRun(answer.run, new Date()),
    ],
  );
}

/** `jr drain inspect`: a sample. */
export function inspect(options: FilterOptions & Json & { readonly sample: number }): Promise<number> {
  const payload = { action: 'inspect', sample: options.sample, ...filterFields(options) };
  return look<{ entries: SampledEntry[]; open_entries: number }>(payload, options.json, answer =>
    answer.entries.length === 0
      ? [nothingOpen(options)]
      : [
          ...sampleLines(answer.entries),
          '',
          `${answer.entries.length} of ${answer.open_entries} open entries. All of one: npx jr dlq show ENTRY`,
        ],
  );
}

/** `jr drain categorize`: what is open by cause. */
export function categorize(options: FilterOptions & Json): Promise<number> {
  const payload = { action: 'categorize', ...filterFields(options) };
  return look<{ entries: number; categories: Category[] }>(payload, options.json, answer =>
    answer.categories.length === 0 ? [nothingOpen(options)] : categoryLines(answer.categories),
  );
}

function nothingOpen(options: FilterOptions): string {
  return Object.keys(filterFields(options)).length === 0
    ? 'Nothing has failed that is still open.'
    : 'No open entry is like that: "npx jr drain categorize" shows what there is.';
}

/** `jr drain verify`: the golden tasks. Exit code 1 when one does not hold. */
export async function verify({ json }: Json): Promise<number> {
  return await withStack(async ({ target }) => {
    const answer = await askDrain(target, { action: 'verify' });
    if (answer.error !== undefined) return refuse(json, { ...answer }, answer.error.message);
    // As functions/drain/run.ts answers it.
    const verification = answer as DrainAnswer & Verification;
    say(json, { ...answer }, verificationLines(verification).join('\n'));
    return verification.ok ? exitCodes.done : exitCodes.failed;
  });
}

async function look<T>(
  payload: object,
  json: boolean | undefined,
  describe: (answer: T) => readonly string[],
): Promise<number> {
  return await withStack(async ({ target }) => {
    const answer = await askDrain(target, payload);
    if (!answer.ok) return refuse(json, { ...answer }, answer.error?.message ?? 'It was not done.');
    // Each action answers as its file in functions/drain says.
    say(json, { ...answer }, json ? '' : describe(answer as DrainAnswer & T).join('\n'));
    return exitCodes.done;
  });
}
