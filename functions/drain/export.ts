import type { DrainRequest } from '../../shared/domain/drain-request.ts';
import { JrError } from '../../shared/domain/failure.ts';
import { workspacePath } from '../../shared/instruction/paths.ts';
import type { LedgerRow } from '../../shared/ports/ledger-export.ts';
import type { Answer, Dependencies } from './dependencies.ts';

/** An export that is not done by then leaves no file. */
const marginMs = 15_000;

/** The disaster plan: everything that is open into a file of the workspace, one JSON object a line. */
export async function exportLedger(
  { dryRun, operator, reason }: DrainRequest & { action: 'export' },
  remainingMs: () => number,
  deps: Dependencies,
): Promise<Answer> {
  const { ledgerSnapshot, exportFiles, drainView, clock, log } = deps;
  const now = clock.now();
  const { count } = await drainView.openEntries();
  const name = `dlq-${now.toISOString().replace(/[:.]/g, '-')}.jsonl`;
  if (dryRun) return { ok: true, action: 'export', dry_run: true, open_entries: count, name };
  const lines = new Map<string, number>();
  const put = async (append: (text: string) => Promise<void>, rows: readonly LedgerRow[]) => {
    for (const { table } of rows) lines.set(table, (lines.get(table) ?? 0) + 1);
    await append(rows.map(row => `${JSON.stringify(row)}\n`).join(''));
  };
  const file = await exportFiles.write(name, append =>
    ledgerSnapshot.read(async pages => {
      const head = { exported_at: now, operator, reason, open_entries: count };
      await put(append, [{ table: 'export', row: head }]);
      for await (const rows of pages) {
        if (remainingMs() < marginMs) throw tooLong(lines);
        await put(append, rows);
        await put(append, await instructionFiles(rows, deps));
      }
    }),
  );
  log.info('drain.exported', { ...file, operator, reason });
  return {
    ok: true,
    action: 'export',
    open_entries: count,
    file: { ...file, lines: Object.fromEntries(lines) },
  };
}

/** The documents of tasks that only name a file, as they are today; one that cannot be read is not there. */
async function instructionFiles(
  rows: readonly LedgerRow[],
  { workspace, pathPrefixes }: Dependencies,
): Promise<LedgerRow[]> {
  const paths = rows.flatMap(({ table, row }) => {
    const file = row['instruction_file'];
    if (table !== 'jr_work_queue' || row['instruction_content'] !== null || typeof file !== 'string')
      return [];
    const place = workspacePath(file, pathPrefixes);
    return place.kind === 'refused' ? [] : [place.path];
  });
  const found: LedgerRow[] = [];
  // One at a time: a page of large documents is not held together.
  for (const path of new Set(paths)) {
    const state = (await workspace.load([path])).get(path);
    if (state?.kind !== 'file') continue;
    found.push({ table: 'instruction_file', row: { path, content: new TextDecoder().decode(state.bytes) } });
  }
  return found;
}

function tooLong(lines: ReadonlyMap<string, number>): JrError {
  const tasks = lines.get('jr_work_queue') ?? 0;
  return new JrError(
    'DEADLINE',
    `The export was not done before the deadline of the function, ${tasks} tasks in: no file was left. Give drain more time (timeout_seconds in infra/functions.json).`,
  );
}
