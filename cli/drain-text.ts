import type { Category } from '../shared/domain/category.ts';
import type { Verification } from '../shared/domain/drain-report.ts';
import type { DrainBatchView, DrainRunView, SampledEntry } from '../shared/ports/drain-view.ts';
import { paint, table } from './paint.ts';
import { shorten } from './task-text.ts';

const statusStyles: Record<DrainRunView['status'], Parameters<typeof paint>[0]> = {
  running: 'cyan',
  stopped: 'yellow',
  completed: 'green',
  failed: 'red',
};

/** How far a run is, in one line: for a terminal that shows it again and again. */
export function progressLine(run: DrainRunView, now: Date): string {
  const done = run.succeeded + run.failed + run.skipped;
  const total = Math.max(run.total ?? 0, run.taken);
  const share = total === 0 ? 0 : done / total;
  const full = Math.round(share * 20);
  const batch = run.batches.at(-1);
  const tried = run.succeeded + run.failed;
  return [
    `drain ${run.id}`,
    paint('cyan', `${'█'.repeat(full)}${'░'.repeat(20 - full)}`),
    `${done}/${run.total ?? '?'}`,
    batch === undefined ? run.phase : batchName(run, batch),
    ...(tried === 0 ? [] : [`${percent(run.succeeded / tried)} succeeded`]),
    ...timeLeft(run, done, total, now),
  ].join('  ');
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

function timeLeft(run: DrainRunView, done: number, total: number, now: Date): string[] {
  const began = run.batches[0]?.began_at;
  if (began === undefined || done === 0 || run.status !== 'running') return [];
  const perEntry = (now.getTime() - new Date(began).getTime()) / done;
  return [`about ${duration(((total - done) * perEntry) / 1000)} left`];
}

/** A run for the person who began it: what came of it, and what is left to do. */
export function describeRun(run: DrainRunView): string {
  const lines = [
    `${paint('bold', `drain ${run.id}`)}  ${paint(statusStyles[run.status], run.status)}  by ${run.operator}: ${run.reason}`,
  ];
  if (run.stop_reason !== null) lines.push(paint('yellow', run.stop_reason));
  lines.push(
    '',
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
  );
  if (run.verification !== null) lines.push('', ...verificationLines(run.verification));
  if (run.report !== null) {
    const { open_before, open_after, left, looks_again_at } = run.report;
    lines.push('', `Open entries: ${open_before} before, ${open_after} now.`);
    if (left.length > 0) lines.push('', ...categoryLines(left));
    if (looks_again_at !== null) {
      lines.push('', `It looks again at ${looks_again_at} whether a category has come back.`);
    }
  }
  if (run.status === 'stopped') {
    lines.push('', `Go on with it: npx jr drain resume ${run.id} --reason "what is different now"`);
  }
  return lines.join('\n');
}

export function verificationLines({ golden }: Verification): string[] {
  if (golden.length === 0) return ['There are no golden tasks: put some into golden/ of the workspace.'];
  return golden.flatMap(({ name, ok, problems }) => [
    `${ok ? paint('green', 'ok    ') : paint('red', 'FAILED')} golden/${name}`,
    ...problems.map(problem => `       ${problem}`),
  ]);
}

/** Categories as a table, and what to do about each. */
export function categoryLines(categories: readonly Category[]): string[] {
  return [
    ...table(
      [
        { title: 'category' },
        { title: 'class' },
        { title: 'entries', align: 'right' },
        { title: 'first seen' },
        { title: 'last seen' },
        { title: 'most in' },
        { title: 'Jr' },
      ],
      categories.map(each => [
        each.category,
        each.error_class ?? '-',
        String(each.count),
        minute(each.first_seen),
        minute(each.last_seen),
        each.target_files[0]?.value ?? '-',
        each.jrs[0]?.value ?? '-',
      ]),
    ),
    '',
    ...categories.map(each => `${each.category}: ${each.suggested_action}`),
  ];
}

export function sampleLines(entries: readonly SampledEntry[]): string[] {
  return table(
    [
      { title: 'entry', align: 'right' },
      { title: 'task', align: 'right' },
      { title: 'since' },
      { title: 'error' },
      { title: 'file' },
      { title: 'title' },
      { title: '' },
    ],
    entries.map(entry => [
      String(entry.id),
      String(entry.original_task_id),
      minute(entry.created_at),
      entry.error_code ?? '-',
      entry.target_file ?? '-',
      shorten(entry.title, 30),
      shorten(entry.failure_reason, 60),
    ]),
  );
}

function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

/** Rounded down: 99.96 % is not 100 %. */
function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}

function duration(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
