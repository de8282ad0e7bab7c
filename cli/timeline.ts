import type { TaskLife } from '../shared/ports/life-view.ts';
import { moment } from './moment.ts';

/** One thing that happened to a task. */
export interface TimelineEvent {
  /** ISO 8601. */
  readonly at: string;
  /** Milliseconds since the task was created. */
  readonly after_ms: number;
  readonly event: string;
  readonly text: string;
}

export interface Timeline {
  readonly events: readonly TimelineEvent[];
  /** Milliseconds from the creation to the end of the task; null while it has none. */
  readonly took_ms: number | null;
  /** Milliseconds from the time it might begin to its first attempt; null when there was none yet. */
  readonly queue_delay_ms: number | null;
  /** Milliseconds that its ended attempts took. */
  readonly worked_ms: number;
}

/** Events of one moment, in the order that they cause each other in. */
const order = [
  'created',
  'assigned',
  'attempt_started',
  'step',
  'attempt_ended',
  'entry_opened',
  'entry_raised',
  'notified',
  'retry_rung',
  'vote',
  'approved',
  'revised',
  'drain_claimed',
  'entry_resolved',
  'entry_abandoned',
  'drain_settled',
  'completed',
  'cancelled',
] as const;
type Kind = (typeof order)[number];

interface Happened {
  readonly at: string;
  readonly event: Kind;
  readonly text: string;
}

/** The life of a task in the order of time, from what the ledger keeps of it. */
export function timelineOf(life: TaskLife): Timeline {
  const { task } = life;
  const born = Date.parse(task.created_at);
  const events = [...ofTask(life), ...ofAttempts(life), ...ofEntries(life), ...ofPeople(life)]
    .map(({ at, event, text }) => ({ at, after_ms: Date.parse(at) - born, event, text }))
    .toSorted((a, b) => a.after_ms - b.after_ms || order.indexOf(a.event) - order.indexOf(b.event));
  const end = events.findLast(({ event }) => event === 'completed' || event === 'cancelled');
  return {
    events,
    took_ms: end?.after_ms ?? null,
    queue_delay_ms: queueDelay(life),
    worked_ms: task.attempts.reduce((sum, attempt) => sum + (durationOf(attempt) ?? 0), 0),
  };
}

function* ofTask({ task }: TaskLife): Generator<Happened> {
  const from = [task.source, task.created_by].filter(name => name !== null).join(', ');
  const wait = task.not_before === null ? '' : `, not before ${task.not_before}`;
  yield {
    at: task.created_at,
    event: 'created',
    text: `${from === '' ? 'by SQL or a message' : `by ${from}`}, priority ${task.priority}${wait}`,
  };
  if (task.assigned_at !== null)
    yield { at: task.assigned_at, event: 'assigned', text: `to ${task.assigned_jr ?? 'nobody any more'}` };
  for (const step of task.steps) {
    const took = step.execution_time_ms === null ? '' : ` in ${milliseconds(step.execution_time_ms)}`;
    const error = step.error_detail === null ? '' : `: ${step.error_detail}`;
    const kind = step.step_type === 'create' ? 'create' : 'edit';
    yield {
      at: step.updated_at,
      event: 'step',
      text: `${step.step_number} ${kind} ${step.target_file} ${step.execution_result}${took}${error}`,
    };
  }
  if (task.status === 'completed' && task.completed_at !== null)
    yield { at: task.completed_at, event: 'completed', text: task.status_message ?? '' };
  // What is cancelled is not changed any more (invariant 11).
  if (task.status === 'cancelled')
    yield { at: task.updated_at, event: 'cancelled', text: task.status_message ?? '' };
}

function* ofAttempts({ task: { attempts } }: TaskLife): Generator<Happened> {
  for (const attempt of attempts) {
    yield { at: attempt.started_at, event: 'attempt_started', text: `${attempt.attempt}` };
    const duration = durationOf(attempt);
    if (attempt.ended_at === null || duration === null) continue;
    const error = attempt.error_message ?? attempt.error_code;
    const outcome = `${attempt.attempt} ${attempt.outcome} after ${milliseconds(duration)}`;
    yield {
      at: attempt.ended_at,
      event: 'attempt_ended',
      text: error === null ? outcome : `${outcome}: ${error}`,
    };
  }
}

/** An entry keeps the last time of each thing that can happen to it more than once. */
function* ofEntries({ entries, task }: TaskLife): Generator<Happened> {
  for (const entry of entries) {
    const name = `entry ${entry.id}`;
    const next =
      entry.next_retry_timestamp === null ? '' : `, next retry ${moment(entry.next_retry_timestamp)}`;
    const retries = `${entry.retry_count} of ${entry.max_retries} retries${next}`;
    yield {
      at: entry.created_at,
      event: 'entry_opened',
      text: `${name}: ${entry.error_code ?? 'failed'}, ${retries}`,
    };
    const { raised_at, notified_at, last_retry_timestamp, resolved_at } = entry;
    const { assigned_escalation_target: who, escalation_level: level } = entry;
    const target = who === null ? `level ${level}, where it is retried by itself` : `${who} (level ${level})`;
    if (raised_at !== null) yield { at: raised_at, event: 'entry_raised', text: `${name} to ${target}` };
    if (notified_at !== null) yield { at: notified_at, event: 'notified', text: `${target} of ${name}` };
    // The claim of a retry notes its time here too.
    const begun = task.attempts.some(({ started_at }) => started_at === last_retry_timestamp);
    if (last_retry_timestamp !== null && !begun)
      yield { at: last_retry_timestamp, event: 'retry_rung', text: name };
    for (const { voted_at, voter, vote, reason } of entry.votes) {
      yield { at: voted_at, event: 'vote', text: `${voter} votes ${vote} on ${name}: ${reason ?? ''}` };
    }
    if (resolved_at === null) continue;
    const event = entry.resolution_status === 'abandoned' ? 'entry_abandoned' : 'entry_resolved';
    yield { at: resolved_at, event, text: `${name}: ${entry.resolution_notes ?? ''}` };
  }
}

function* ofPeople({ approvals, revisions, drains }: TaskLife): Generator<Happened> {
  for (const { approved_at, approved_by, error_codes, reason } of approvals) {
    const what = error_codes.length === 0 ? 'as a whole' : error_codes.join(', ');
    yield { at: approved_at, event: 'approved', text: `${what} by ${approved_by}: ${reason}` };
  }
  for (const { changed_at, version, changed_by, reason } of revisions) {
    const why = reason === null ? '' : `: ${reason}`;
    yield {
      at: changed_at,
      event: 'revised',
      text: `to version ${version} by ${changed_by ?? 'somebody'}${why}`,
    };
  }
  for (const { run_id, entry_id, operator, reason, state, outcome, claimed_at, settled_at } of drains) {
    const name = `entry ${entry_id} in drain run ${run_id}`;
    yield { at: claimed_at, event: 'drain_claimed', text: `${name} by ${operator}: ${reason}` };
    const why = outcome === null ? '' : `: ${outcome}`;
    if (settled_at !== null) yield { at: settled_at, event: 'drain_settled', text: `${name} ${state}${why}` };
  }
}

function queueDelay({ task: { attempts, created_at, not_before } }: TaskLife): number | null {
  const [first] = attempts;
  if (first === undefined) return null;
  const since = Math.max(Date.parse(created_at), not_before === null ? 0 : Date.parse(not_before));
  return Date.parse(first.started_at) - since;
}

function durationOf(attempt: TaskLife['task']['attempts'][number]): number | null {
  return attempt.ended_at === null ? null : Date.parse(attempt.ended_at) - Date.parse(attempt.started_at);
}

const units: readonly [name: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
];

/** A duration as people say it: `0 ms`, `1.5 s`, `4.0 min`, `2.3 h`, `7.1 d`. */
export function milliseconds(ms: number): string {
  if (Number.isNaN(ms)) return '?'; // from or to a time that SQL set to infinity
  const [name, size] = units.find(([, each]) => Math.abs(ms) >= each) ?? ['ms', 1];
  return `${size === 1 ? Math.round(ms) : (ms / size).toFixed(1)} ${name}`;
}
