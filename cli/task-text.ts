import type { RejectedView, TaskDetail, TaskOverview, TaskView } from '../shared/ports/ledger-view.ts';
import { moment } from './moment.ts';
import { indent, paint, paintDiff, problemMessage, type Style, table } from './paint.ts';
import { shorten } from './terminal-cells.ts';

const statusStyles: Record<TaskView['status'], Style> = {
  pending: 'yellow',
  assigned: 'yellow',
  in_progress: 'cyan',
  blocked: 'magenta',
  completed: 'green',
  failed: 'red',
  cancelled: 'dim',
};

/** Every state that a task can be in. */
export const taskStatuses: readonly string[] = Object.keys(statusStyles);

/** One line for the state that a task is in. */
export function taskLine(task: TaskView): string {
  const progress = task.status === 'in_progress' ? ` ${progressBar(task.progress_percent)}` : '';
  const message = task.status_message === null ? '' : `  ${task.status_message}`;
  return `task ${task.id}  ${paint(statusStyles[task.status], task.status)}${progress}${message}`;
}

/** The line of a task that is followed: it also says what is waited for. */
export function followedLine(task: TaskDetail): string {
  const next = byItself(task);
  return `${taskLine(task)}${next === null ? '' : `  ${next}`}`;
}

/** What becomes by itself of a task that failed or is blocked; null where it waits for a person. */
export function byItself(task: TaskDetail): string | null {
  const { status, next_retry_timestamp, entry_id, parent_task_id } = task;
  if (status === 'failed' && next_retry_timestamp !== null) {
    return `It is tried again by itself at ${moment(next_retry_timestamp)}`;
  }
  if (status === 'blocked' && entry_id === null && parent_task_id !== null) {
    return `It goes on by itself when task ${parent_task_id} is completed`;
  }
  return null;
}

/** A task with its attempts, steps and problems. */
export function describeTask(task: TaskDetail): string {
  const lines = [
    `${paint('bold', task.title)}`,
    taskLine(task),
    paint(
      'dim',
      `Jr ${task.assigned_jr ?? 'none'}, priority ${task.priority}, created ${moment(task.created_at)}`,
    ),
  ];
  const later = laterLine(task, new Date());
  if (later !== null) lines.push('', later);
  if (task.error_message !== null) lines.push('', ...problemLines(task));
  if (task.status === 'blocked') lines.push('', howItGoesOn(task));
  if (task.status === 'failed' && task.entry_id !== null) {
    const next = byItself(task) ?? 'What becomes of it and what you can do';
    lines.push('', `${next}: npx jr dlq show ${task.entry_id}`);
  }
  if (task.checkpoint !== null) lines.push('', checkpointLine(task, task.checkpoint));
  if (task.steps.length > 0) lines.push('', ...stepLines(task));
  if (task.attempts.length > 0) lines.push('', ...attemptLines(task));
  return lines.join('\n');
}

function howItGoesOn(task: TaskDetail): string {
  const { id, entry_id, parent_task_id, requires_council_approval } = task;
  const next = byItself(task);
  if (next !== null) return `${next}: npx jr status ${parent_task_id}`;
  return requires_council_approval && entry_id !== null
    ? `The Council may allow it: npx jr dlq vote ${entry_id} approve --reason "why"`
    : `A person may allow it: npx jr approve ${id} --reason "why"`;
}

/** Why a task that waits has not been begun: its time has not come. */
function laterLine(task: TaskView, now: Date): string | null {
  const { not_before } = task;
  if (!waits(task) || not_before === null || new Date(not_before) <= now) return null;
  return `It is not begun before ${moment(not_before)}.`;
}

/** Whether it is begun by itself once its turn has come. */
export function waits({ status }: TaskView): boolean {
  return status === 'pending' || status === 'assigned';
}

/** The attempts of a task as a table. */
export function attemptLines({ attempts }: TaskDetail): string[] {
  return table(
    [{ title: 'attempt', align: 'right' }, { title: 'started' }, { title: 'outcome' }, { title: '' }],
    attempts.map(attempt => [
      String(attempt.attempt),
      moment(attempt.started_at),
      attempt.outcome ?? 'running',
      attempt.error_code ?? '',
    ]),
  );
}

/** Everything that is wrong with a task: its problems where the plan named some, else its one sentence. */
export function problemLines({ error_message, result }: TaskDetail): string[] {
  const problems = result !== null && 'problems' in result ? result.problems : [];
  if (problems.length === 0) return [paint('red', error_message ?? '')];
  return problems.flatMap(problem => [
    `${paint('red', problem.code)}${problem.line === null ? '' : paint('dim', ` line ${problem.line}`)}`,
    ...problemMessage(problem.message),
    ...(problem.nearest === null ? [] : [indent(paintDiff(problem.nearest.diff))]),
  ]);
}

/** What an attempt stands for that has not ended, will be followed by another, or never ends. */
function checkpointLine(task: TaskDetail, checkpoint: NonNullable<TaskDetail['checkpoint']>): string {
  const { last_completed_step: done, total_steps: total, rollbacks } = checkpoint;
  if (waits(task) || task.status === 'in_progress' || task.next_retry_timestamp !== null) {
    return paint('dim', `checkpoint: planned, ${done} of ${total ?? '?'} steps were there already`);
  }
  const tried = rollbacks === 0 ? '' : ` It has been begun ${rollbacks} times.`;
  return paint(
    'dim',
    `checkpoint: its files may be half-written and are put back within minutes, from .jr-work/*/task-${task.id}.*${tried}`,
  );
}

/** The steps of a task as a table. */
export function stepLines({ steps }: TaskDetail): string[] {
  return table(
    [
      { title: '#', align: 'right' },
      { title: 'step' },
      { title: 'file' },
      { title: 'result' },
      { title: '' },
    ],
    steps.map(step => [
      String(step.step_number),
      step.step_type === 'create' ? 'create' : 'edit',
      step.target_file,
      step.execution_result,
      step.error_detail?.split(':', 1)[0] ?? '',
    ]),
  );
}

/** The latest tasks, of all or of one status, and how many there are in each state. */
export function describeTasks({ counts, tasks }: TaskOverview, only: TaskView['status'] | null): string {
  const states = Object.entries(counts).map(([status, n]) => `${n} ${status}`);
  const now = new Date();
  if (tasks.length === 0 && states.length > 0) return `No task is ${only}.\n\n${states.join(', ')}`;
  if (tasks.length === 0) return 'There are no tasks yet: hand one in with "npx jr submit FILE".';
  const all = Object.entries(counts).reduce(
    (sum, [status, n]) => sum + (only === null || only === status ? n : 0),
    0,
  );
  const more =
    tasks.length < all ? [`The latest ${tasks.length} of ${all} are shown: --limit shows more.`] : [];
  return [
    ...table(
      [
        { title: 'id', align: 'right' },
        { title: 'status' },
        { title: 'Jr' },
        { title: 'title', cut: true },
        { title: '', cut: true },
      ],
      tasks.map(task => [
        String(task.id),
        paint(statusStyles[task.status], task.status),
        task.assigned_jr ?? '-',
        shorten(task.title, 50),
        shorten(task.error_message ?? task.status_message ?? laterLine(task, now) ?? '', 60),
      ]),
    ),
    '',
    states.join(', '),
    ...more,
  ].join('\n');
}

/** Messages that could not be tasks, each with the reason. */
export function describeRejected(messages: readonly RejectedView[]): string {
  if (messages.length === 0) return 'No message was rejected.';
  return table(
    [{ title: 'message' }, { title: 'received' }, { title: 'why it is no task' }],
    messages.map(({ message_id, received_at, reason }) => [
      message_id,
      moment(received_at),
      shorten(reason, 200),
    ]),
  ).join('\n');
}

function progressBar(percent: number): string {
  const full = Math.round(percent / 10);
  return `${'█'.repeat(full)}${'░'.repeat(10 - full)} ${percent} %`;
}
