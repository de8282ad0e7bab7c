import type { TaskDetail, TaskOverview, TaskView } from '../shared/ports/ledger-view.ts';
import { paint, table } from './paint.ts';

const statusStyles: Record<TaskView['status'], Parameters<typeof paint>[0]> = {
  pending: 'yellow',
  assigned: 'yellow',
  in_progress: 'cyan',
  blocked: 'magenta',
  completed: 'green',
  failed: 'red',
  cancelled: 'dim',
};

/** One line for the state that a task is in. */
export function taskLine(task: TaskView): string {
  const progress = task.status === 'in_progress' ? ` ${progressBar(task.progress_percent)}` : '';
  const message = task.status_message === null ? '' : `  ${task.status_message}`;
  return `task ${task.id}  ${paint(statusStyles[task.status], task.status)}${progress}${message}`;
}

/** A task with its attempts, steps and problems. */
export function describeTask(task: TaskDetail): string {
  const lines = [
    `${paint('bold', task.title)}`,
    taskLine(task),
    paint('dim', `Jr ${task.assigned_jr ?? 'none'}, priority ${task.priority}, created ${task.created_at}`),
  ];
  if (task.error_message !== null) lines.push('', paint('red', task.error_message));
  if (task.steps.length > 0) lines.push('', ...stepLines(task));
  if (task.attempts.length > 0) {
    lines.push(
      '',
      ...table(
        [{ title: 'attempt', align: 'right' }, { title: 'started' }, { title: 'outcome' }, { title: '' }],
        task.attempts.map(attempt => [
          String(attempt.attempt),
          attempt.started_at,
          attempt.outcome ?? 'running',
          attempt.error_code ?? '',
        ]),
      ),
    );
  }
  return lines.join('\n');
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
      step.error_detail ?? '',
    ]),
  );
}

/** The latest tasks and how many there are in each state. */
export function describeTasks({ counts, tasks }: TaskOverview): string {
  if (tasks.length === 0) return 'There are no tasks yet: hand one in with "npx jr submit FILE".';
  const states = Object.entries(counts).map(([status, n]) => `${n} ${status}`);
  return [
    ...table(
      [
        { title: 'id', align: 'right' },
        { title: 'status' },
        { title: 'Jr' },
        { title: 'title' },
        { title: '' },
      ],
      tasks.map(task => [
        String(task.id),
        paint(statusStyles[task.status], task.status),
        task.assigned_jr ?? '-',
        shorten(task.title, 50),
        shorten(task.error_message ?? task.status_message ?? '', 60),
      ]),
    ),
    '',
    states.join(', '),
  ].join('\n');
}

function progressBar(percent: number): string {
  const full = Math.round(percent / 10);
  return `${'█'.repeat(full)}${'░'.repeat(10 - full)} ${percent} %`;
}

function shorten(text: string, length: number): string {
  const line = text.split('\n', 1)[0] ?? '';
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
