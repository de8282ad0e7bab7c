import { askDrain, type DrainAnswer } from '../../ask-drain.ts';
import { categoryLines } from '../../category-text.ts';
import { type FilterOptions, filterFields } from '../../drain-filter.ts';
import { describeRun } from '../../drain-text.ts';
import { exitCodes, UsageError } from '../../failures.ts';
import { followDrain } from '../../follow-drain.ts';
import { print } from '../../print.ts';
import { given, say, who } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';

interface Options extends FilterOptions {
  readonly reason?: string;
  readonly by?: string;
  readonly pauseClaims?: boolean;
  readonly withoutExport?: boolean;
  readonly dryRun?: boolean;
  readonly watch?: number;
  readonly json?: boolean;
}

/** `jr drain`: begins a drain and follows it to its end. Exit code 1 when it stopped, or its golden tasks do not hold. */
export async function start(options: Options): Promise<number> {
  const { json = false, watch = null, dryRun = false } = options;
  const operator = who(options.by);
  return await withStack(async ({ target }) => {
    if (watch !== null) {
      return tell(json, await followDrain({ target, runId: watch, driving: null, operator, quiet: json }));
    }
    const payload = {
      action: 'drain',
      operator,
      reason: reasonOf(options),
      ...filterFields(options),
      ...(options.pauseClaims ? { pause_claims: true } : {}),
      ...(options.withoutExport ? { without_export: true } : {}),
      ...(dryRun ? { dry_run: true } : {}),
    };
    if (dryRun) return tellPreview(json, await askDrain(target, payload));
    const driving = askDrain(target, payload);
    return tell(json, await followDrain({ target, runId: null, driving, operator, quiet: json }));
  });
}

interface Signed {
  readonly reason: string;
  readonly by?: string;
  readonly json?: boolean;
}

/** `jr drain resume`: a stopped run goes on. */
export function resume(run: number, options: Signed): Promise<number> {
  return beginAndFollow({ action: 'resume', run_id: run }, options);
}

/** `jr drain export`: everything that is open, into a file. */
export function exportOpen(options: Signed): Promise<number> {
  return beginAndFollow({ action: 'export' }, options);
}

async function beginAndFollow(fields: object, { reason, by, json = false }: Signed): Promise<number> {
  const operator = who(by);
  const payload = { ...fields, operator, reason: given('--reason', reason) };
  return await withStack(async ({ target }) => {
    const driving = askDrain(target, payload);
    return tell(json, await followDrain({ target, runId: null, driving, operator, quiet: json }));
  });
}

function reasonOf({ reason, dryRun }: Options): string {
  if (reason !== undefined) return given('--reason', reason);
  if (dryRun) return 'a dry run';
  throw new UsageError(
    'Say why it will succeed now, it is recorded: npx jr drain --reason "the network is back".',
  );
}

function tell(json: boolean, answer: DrainAnswer): number {
  const run = answer.run ?? null;
  const message = answer.error?.message ?? null;
  if (json) say(true, { ...answer }, '');
  else {
    // Set off from the lines of its batches.
    if (run !== null) print(`${run.batches.length > 0 ? '\n' : ''}${describeRun(run, new Date())}\n`);
    if (message !== null) print(`${message}\n`);
  }
  return answer.ok ? exitCodes.done : exitCodes.failed;
}

/** What a dry run answers, as far as it is told here. */
interface Preview extends DrainAnswer {
  readonly entries: number;
  readonly batches: number;
  readonly advice: string | null;
  readonly categories: Parameters<typeof categoryLines>[0];
  readonly plans: readonly { readonly entry_id: number; readonly plan: { readonly ok: boolean } }[];
  readonly not_planned: number;
}

function tellPreview(json: boolean, answer: DrainAnswer): number {
  if (json || !answer.ok) return tell(json, answer);
  // As functions/drain/start-run.ts answers a dry run.
  const { entries, batches, advice, categories, plans, not_planned } = answer as Preview;
  const failing = plans.filter(({ plan }) => !plan.ok);
  const lines = [
    entries === 0
      ? 'It would retry nothing.'
      : `It would retry ${entries === 1 ? '1 entry' : `${entries} entries`} in ${batches === 1 ? '1 batch' : `${batches} batches`}.`,
    ...(plans.length === 0
      ? []
      : [
          `Planned against the files of today: ${plans.length - failing.length} would succeed, ${failing.length} would fail again${not_planned === 0 ? '' : `; ${not_planned} more are not planned here`}.`,
        ]),
    ...(failing.length === 0
      ? []
      : [`Would fail again: ${failing.map(({ entry_id }) => entry_id).join(', ')} (npx jr dlq show ENTRY)`]),
    ...(advice === null ? [] : ['', advice]),
    ...(categories.length === 0 ? [] : ['', ...categoryLines(categories)]),
  ];
  print(`${lines.join('\n')}\n`);
  return exitCodes.done;
}
