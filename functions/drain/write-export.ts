import { JrError } from '../../shared/domain/failure.ts';
import { workspacePath } from '../../shared/instruction/paths.ts';
import type { HeldRun } from '../../shared/ports/drain-ledger.ts';
import type { ExportDraft, ExportProgress, LedgerRow } from '../../shared/ports/ledger-export.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * Writes the file of an export, a page at a time, from wherever its ledger says that it stands. Nothing of it is held but
 * a piece of a page; each page is on disk before the ledger says so, and what is behind that is cut off by who goes on.
 *
 * @returns whether it has come to its end or to a stop
 */
export async function writeExport(
  run: HeldRun,
  timeIsUp: () => boolean,
  deps: Dependencies,
): Promise<boolean> {
  const { drains, exportFiles, clock, log } = deps;
  const { lease } = run;
  try {
    const progress = await writePages(run, timeIsUp, deps);
    if (progress === 'interrupted') return false;
    if (progress === 'stopped') return true;
    assertHeld(run, clock.now());
    const sha256 = await exportFiles.finish(progress.file);
    await drains.exported(lease, { ...progress, sha256 }, clock.now());
    await drains.end(lease, 'completed', null, clock.now());
    log.info('drain.exported', { run_id: lease.runId, ...progress, sha256 });
    return true;
  } catch (error) {
    if (!(error instanceof JrError) || error.code !== 'WORKSPACE_IO') throw error;
    await stop(run, `${error.message} Make room or mend it, then resume the run.`, deps);
    return true;
  }
}

/** Invariant 3: a process that was frozen sees the time when it thaws, before it writes: the file is another's by then. */
function assertHeld({ lease: { runId, expiresAt } }: HeldRun, now: Date): void {
  if (now < expiresAt) return;
  throw new JrError('LEASE_LOST', `The lease of run ${runId} ran out while it was exporting.`);
}

async function writePages(
  run: HeldRun,
  timeIsUp: () => boolean,
  deps: Dependencies,
): Promise<ExportProgress | 'interrupted' | 'stopped'> {
  const { drains, ledgerExport, clock } = deps;
  let { draft, progress } = await open(run, deps);
  try {
    while (!timeIsUp()) {
      const lines = new Map(Object.entries(progress.lines));
      const put = async (rows: readonly LedgerRow[]) => {
        assertHeld(run, clock.now());
        await append(draft, lines, rows);
      };
      if (progress.bytes === 0) await put(await head(run, progress, deps));
      const range = { after: progress.after_entry, upTo: progress.up_to_entry };
      const page = await ledgerExport.page(range, async rows => {
        await put(rows);
        for await (const document of instructionFiles(rows, deps)) await put([document]);
      });
      progress = {
        ...progress,
        entries: progress.entries + (page?.entries ?? 0),
        after_entry: page?.last ?? progress.after_entry,
        bytes: await draft.sync(),
        lines: Object.fromEntries(lines),
      };
      const stopRequestedBy = await drains.exported(run.lease, progress, clock.now());
      if (page === null) return progress;
      if (stopRequestedBy !== null) {
        await stop(run, `Stopped by ${stopRequestedBy}.`, deps);
        return 'stopped';
      }
    }
    return 'interrupted';
  } finally {
    await draft.close();
  }
}

/** The draft where the ledger says that it is; a new one when it has not begun, or when somebody has removed it. */
async function open(
  run: HeldRun,
  { exportFiles, drainView, clock, log }: Dependencies,
): Promise<{ draft: ExportDraft; progress: ExportProgress }> {
  const { exported, createdAt, lease } = run;
  // What is behind the end is cut off: it may be another's by then.
  if (exported !== null) {
    assertHeld(run, clock.now());
    const draft = await exportFiles.open(exported.file, exported.bytes);
    if (draft !== null) return { draft, progress: exported };
    log.warn('drain.export_begins_anew', { run_id: lease.runId, file: exported.file });
  }
  const { count, lastEntryId } = await drainView.openEntries();
  const progress = {
    file: `exports/dlq-${createdAt.toISOString().replace(/[:.]/g, '-')}.jsonl`,
    total: count,
    entries: 0,
    after_entry: 0,
    up_to_entry: lastEntryId,
    bytes: 0,
    lines: {},
    sha256: null,
  };
  assertHeld(run, clock.now());
  const draft = await exportFiles.open(progress.file, 0);
  if (draft === null) throw new JrError('WORKSPACE_IO', `The export ${progress.file} cannot be begun.`);
  return { draft, progress };
}

async function head(
  { operator, reason, createdAt }: HeldRun,
  { total }: ExportProgress,
  { ledgerExport }: Dependencies,
): Promise<readonly LedgerRow[]> {
  const row = { exported_at: createdAt, operator, reason, open_entries: total };
  return [{ table: 'export', row }, ...(await ledgerExport.jrs())];
}

async function append(
  draft: ExportDraft,
  lines: Map<string, number>,
  rows: readonly LedgerRow[],
): Promise<void> {
  for (const { table } of rows) lines.set(table, (lines.get(table) ?? 0) + 1);
  await draft.append(rows.map(row => `${JSON.stringify(row)}\n`).join(''));
}

/** The documents of tasks that only name a file, as they are today, one at a time; one that cannot be read is not there. */
async function* instructionFiles(
  rows: readonly LedgerRow[],
  { workspace, pathPrefixes }: Dependencies,
): AsyncGenerator<LedgerRow> {
  const paths = rows.flatMap(({ table, row }) => {
    const file = row['instruction_file'];
    if (table !== 'jr_work_queue' || row['instruction_content'] !== null || typeof file !== 'string')
      return [];
    const place = workspacePath(file, pathPrefixes);
    return place.kind === 'refused' ? [] : [place.path];
  });
  for (const path of new Set(paths)) {
    const state = (await workspace.load([path])).get(path);
    if (state?.kind !== 'file') continue;
    yield { table: 'instruction_file', row: { path, content: new TextDecoder().decode(state.bytes) } };
  }
}

async function stop({ lease }: HeldRun, reason: string, { drains, clock, log }: Dependencies): Promise<void> {
  await drains.stop(lease, reason, clock.now());
  log.warn('drain.stopped', { run_id: lease.runId, reason });
}
