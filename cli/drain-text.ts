import type { DrainReport, Verification } from '../shared/domain/drain-report.ts';
import type { DrainBatchView, DrainRunView } from '../shared/ports/drain-view.ts';
import type { ExportProgress } from '../shared/ports/ledger-export.ts';
import { categoryLines, categoryTable } from './category-text.ts';
import { moment } from './moment.ts';
import { paint, type Style, table } from './paint.ts';

const statusStyles: Record<DrainRunView['status'], Style> = {
  running: 'cyan',
  stopped: 'yellow',
  completed: 'green',
  failed: 'red',
};

/** How far a run is, in one line of a terminal that shows it again and again. */
export function progressLine(run: DrainRunView, now: Date, columns = Infinity): string {
  return fitting(run.export === null ? drainParts(run, now) : exportParts(run, run.export, now), columns);
}

/** What goes before a terminal's last column: a line that it breaks in two cannot be drawn over. */
function fitting(parts: readonly string[], columns: number): string {
  const lines = parts.map((_, i) => parts.slice(0, i + 1).join('  '));
  return lines.findLast(line => line.length < columns) ?? '';
}

function drainParts(run: DrainRunView, now: Date): string[] {
  const done = run.succeeded + run.failed + run.skipped;
  const total = Math.max(run.total ?? 0, run.taken);
  const batch = run.batches.at(-1);
  const tried = run.succeeded + run.failed;
  return [
    `drain ${run.id}`,
    bar(total === 0 ? 0 : done / total),
    `${done}/${run.total ?? '?'}`,
    batch === undefined ? run.phase : batchName(run, batch),
    ...(tried === 0 ? [] : [`${percent(run.succeeded / tried)} succeeded`]),
    ...timeLeft(run.batches[0]?.began_at, run, done, total, now),
  ];
}

function exportParts(run: DrainRunView, { entries, total, bytes }: ExportProgress, now: Date): string[] {
  return [
    `export ${run.id}`,
    bar(total === 0 ? 1 : entries / total),
    `${entries}/${total} entries`,
    `${bytes} bytes`,
    ...timeLeft(run.created_at, run, entries, total, now),
  ];
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * 20);
  return paint('cyan', `${'█'.repeat(full)}${'░'.repeat(20 - full)}`);
}

/** A batch that has ended, in one line. */
export function batchLine(run: DrainRunView, batch: DrainBatchView): string {
  const skipped = batch.skipped === 0 ? '' : `, ${batch.skipped} left alone`;
  return `${batchName(run, batch)}: ${batch.succeeded} of ${batch.succeeded + batch.failed} succeeded${skipped}`;
}

function batchName({ batches, settings }: DrainRunView, { batch, entries }: DrainBatchView): string {
  const isCanary = batch === batches[0]?.batch && entries <= settings.canary;
  return `${isCanary ? 'canary' : `batch ${batch}`} (${entries})`;
}

function timeLeft(
  began: string | undefined,
  { status }: DrainRunView,
  done: number,
  total: number,
  now: Date,
): string[] {
  if (began === undefined || done === 0 || status !== 'running') return [];
  const perEntry = (now.getTime() - new Date(began).getTime()) / done;
  return [`about ${duration(((total - done) * perEntry) / 1000)} left`];
}

/** So long ago a run has ended that what it left open may be so no more; so long without a word its function may be dead. */
const staleMs = 60_000;

function isStale(at: string | null, now: Date): boolean {
  return at !== null && now.getTime() - new Date(at).getTime() > staleMs;
}

/** A run for the person who began it: what came of it, and what is left to do; of an older one where that is told. */
export function describeRun(run: DrainRunView, now: Date): string {
  const name = run.action === 'export' ? 'export' : 'drain';
  const lines = [
    `${paint('bold', `${name} ${run.id}`)}  ${paint(statusStyles[run.status], run.status)}  by ${run.operator}: ${run.reason}`,
  ];
  if (run.stop_reason !== null) lines.push(paint('yellow', run.stop_reason));
  // As long as the time of its function, and what the minute sweep waits besides.
  if (run.status === 'running' && run.heartbeat_at !== null && isStale(run.heartbeat_at, now))
    lines.push(
      `Nothing was heard of it since ${moment(run.heartbeat_at)}: where it was killed it goes on by itself within eight minutes of that.`,
    );
  lines.push('', ...(run.action === 'export' ? exportLines(run.export) : outcomeLines(run, now)));
  if (run.status === 'stopped') {
    lines.push('', `Go on with it: npx jr drain resume ${run.id} --reason "what is different now"`);
  }
  return lines.join('\n');
}

function exportLines(progress: ExportProgress | null): string[] {
  if (progress === null) return ['It has not begun to write.'];
  const { file, entries, total, bytes, sha256 } = progress;
  if (sha256 === null) return [`${entries} of ${total} entries are written so far (${bytes} bytes).`];
  return [
    `${entries} open entries are in ${file} of the workspace (${bytes} bytes).`,
    `SHA-256 ${sha256}, also beside it.`,
    'Put back into an empty ledger: npx jr dlq import FILE',
  ];
}

/** What came of the entries that a run took, and what is left to do. */
function outcomeLines(run: DrainRunView, now: Date): string[] {
  const lines = [
    ...table(
      [
        { title: 'taken', align: 'right' },
        { title: 'succeeded', align: 'right' },
        { title: 'failed', align: 'right' },
        { title: 'left alone', align: 'right' },
        { title: 'batches', align: 'right' },
        { title: 'success', align: 'right' },
        { title: 'took', align: 'right' },
      ],
      [
        [
          String(run.taken),
          String(run.succeeded),
          String(run.failed),
          String(run.skipped),
          String(run.batches.length),
          run.succeeded + run.failed === 0 ? '-' : percent(run.succeeded / (run.succeeded + run.failed)),
          run.report === null ? '-' : duration(run.report.duration_seconds),
        ],
      ],
    ),
  ];
  // Of a code that is misspelt there is nothing either.
  if (run.total === 0 && Object.values(run.filter).some(each => each !== null))
    lines.push(
      '',
      'No open entry that it may retry is like that: "npx jr drain categorize" shows what there is.',
    );
  if (run.outcomes.length > 0) {
    const verb = { failed: 'failed again', skipped: 'left alone' };
    lines.push(
      '',
      ...run.outcomes.map(
        ({ state, why, count, example_task: task }) =>
          `${count} ${verb[state]}: ${why} (such as task ${task}: npx jr status ${task})`,
      ),
    );
  }
  if (run.verification !== null) lines.push('', ...verificationLines(run.verification));
  if (run.report !== null) lines.push('', ...reportLines(run, run.report, now));
  return lines;
}

/** What a run left open, with advice on it while that is fresh: an entry may be closed since. */
function reportLines(run: DrainRunView, report: DrainReport, now: Date): string[] {
  const { open_before, open_after, left, looks_again_at } = report;
  const stale = isStale(run.ended_at, now);
  const lines = [`Open entries: ${open_before} before, ${open_after} ${stale ? 'when it ended' : 'now'}.`];
  if (left.length > 0) {
    if (stale) lines.push('', ...categoryTable(left), '', 'What is open now: npx jr drain categorize');
    else lines.push('', ...categoryLines(left));
  }
  if (run.recheck !== null) lines.push('', recheckLine(run.recheck));
  else if (looks_again_at !== null)
    lines.push('', `It looks again at ${moment(looks_again_at)} whether a category has come back.`);
  return lines;
}

function recheckLine({ at, came_back: back }: NonNullable<DrainRunView['recheck']>): string {
  const found = back.map(({ category, count }) => `${category} (${count})`).join(', ');
  return `It looked again at ${moment(at)}: ${back.length === 0 ? 'no category has' : `${found} had`} come back.`;
}

export function verificationLines({ golden }: Verification): string[] {
  if (golden.length === 0) return ['There are no golden tasks: put some into golden/ of the workspace.'];
  return golden.flatMap(({ name, ok, problems }) => [
    `${ok ? paint('green', 'ok    ') : paint('red', 'FAILED')} golden/${name}`,
    ...problems.map(problem => `       ${problem}`),
  ]);
}

/** Rounded down: 99.96 % is not 100 %. */
function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
