import { councilVotes, whyNoVote } from '../shared/domain/intervention.ts';
import type { DlqSummary, EntryDetail, EntryView } from '../shared/ports/dlq-view.ts';
import { minute, moment } from './moment.ts';
import { paint, type Style, table } from './paint.ts';
import { attemptLines, problemLines, stepLines, taskLine } from './task-text.ts';
import { shorten } from './terminal-cells.ts';

const statusStyles: Record<EntryView['resolution_status'], Style> = {
  unresolved: 'red',
  retrying: 'yellow',
  resolved: 'green',
  abandoned: 'dim',
};

/** Entries as a table, and the counts of the whole queue in one line. */
export function describeEntries(
  entries: readonly EntryView[],
  summary: DlqSummary,
  everythingOpen: boolean,
): string {
  const none = everythingOpen
    ? 'Nothing has failed that is still open.'
    : 'No entry is like that: "npx jr dlq list --status all" lists all.';
  return [...(entries.length === 0 ? [none] : entryLines(entries)), '', ...summaryLines(summary)].join('\n');
}

/** What is open and what is not, on lines that an ordinary terminal does not break. */
function summaryLines(summary: DlqSummary): string[] {
  const { unresolved, retrying, escalated_tpm, escalated_council, resolved, abandoned } = summary;
  return [
    `${unresolved} unresolved, ${retrying} retrying, ${escalated_tpm} with the TPM, ${escalated_council} with the Council`,
    `${resolved} resolved, ${abandoned} abandoned`,
  ];
}

function entryLines(entries: readonly EntryView[]): string[] {
  return table(
    [
      { title: 'entry', align: 'right' },
      { title: 'task', align: 'right' },
      { title: 'status' },
      { title: 'level' },
      { title: 'error' },
      { title: 'retries', align: 'right', spare: true },
      { title: 'since', spare: true },
      { title: 'title', cut: true },
      { title: '', cut: true, spare: true },
    ],
    entries.map(entry => [
      String(entry.id),
      String(entry.original_task_id),
      paint(statusStyles[entry.resolution_status], entry.resolution_status),
      levelOf(entry),
      entry.error_code ?? '-',
      `${entry.retry_count}/${entry.max_retries}`,
      minute(entry.created_at),
      shorten(entry.title, 40),
      shorten(entry.resolution_notes ?? entry.failure_reason, 60),
    ]),
  );
}

function levelOf({ escalation_level, assigned_escalation_target }: EntryView): string {
  return assigned_escalation_target === null
    ? String(escalation_level)
    : `${escalation_level} ${assigned_escalation_target}`;
}

/** An entry for the person who decides: what is wrong, what was tried, and what can be done. */
export function describeEntry(entry: EntryDetail, quorum: number): string {
  const { task, votes, other_entries } = entry;
  const problems =
    task.error_message === null
      ? [`${entry.error_code ?? 'FAILED'}: ${entry.failure_reason}`]
      : problemLines(task);
  const lines = [paint('bold', entry.title), stateLine(entry), taskLine(task)];
  if (entry.resolution_notes !== null) lines.push(entry.resolution_notes);
  lines.push('', ...problems);
  if (entry.failure_traceback !== null) lines.push('', paint('dim', entry.failure_traceback));
  if (task.steps.length > 0) lines.push('', ...stepLines(task));
  if (task.attempts.length > 0) lines.push('', ...attemptLines(task));
  if (entry.revisions.length > 0) lines.push('', ...revisionLines(entry));
  if (votes.length > 0) lines.push('', ...voteLines(entry));
  if (other_entries.length > 0) lines.push('', 'Other entries of this task:', ...entryLines(other_entries));
  const todo = whatToDo(entry, quorum);
  if (todo.length > 0) lines.push('', 'What you can do:', ...todo.map(line => `  ${line}`));
  return lines.join('\n');
}

function stateLine(entry: EntryView): string {
  const status = paint(statusStyles[entry.resolution_status], entry.resolution_status);
  const next = entry.next_retry_timestamp === null ? '' : `, next at ${moment(entry.next_retry_timestamp)}`;
  const retries = `${entry.retry_count} of ${entry.max_retries} retries${next}`;
  return `entry ${entry.id}  ${status}  level ${levelOf(entry)}, ${retries}, since ${moment(entry.created_at)}`;
}

/** The task as it was, and what replays made of it. */
function revisionLines({ revisions }: EntryDetail): string[] {
  return table(
    [
      { title: 'version', align: 'right' },
      { title: 'by' },
      { title: 'when' },
      { title: 'Jr' },
      { title: 'why' },
    ],
    revisions.map(({ version, changed_by, changed_at, assigned_jr, reason }) => [
      String(version),
      changed_by ?? 'as handed in',
      moment(changed_at),
      assigned_jr ?? '-',
      reason ?? '',
    ]),
  );
}

function voteLines({ votes }: EntryDetail): string[] {
  return table(
    [{ title: 'voter' }, { title: 'vote' }, { title: 'when' }, { title: 'why' }],
    votes.map(({ voter, vote, voted_at, reason }) => [voter, vote, moment(voted_at), reason ?? '']),
  );
}

/** The votes that would be taken, as a command that can be pasted. */
function voteLine(entry: EntryDetail, quorum: number): string[] {
  const { id, resolution_status: status, escalation_level: level, task } = entry;
  const touched = {
    id: task.id,
    status: task.status,
    requiresCouncilApproval: task.requires_council_approval,
  };
  const possible = councilVotes.filter(
    vote => whyNoVote(vote, touched, { id, status, level, notes: null }) === null,
  );
  // What a guard stopped is stopped again when it is only retried.
  const [first, ...others] = task.status === 'blocked' ? possible.toReversed() : possible;
  return first === undefined
    ? []
    : [
        `npx jr dlq vote ${id} ${first} --reason "why"   (or ${others.join(', ')}; ${quorum} equal votes decide)`,
      ];
}

function whatToDo(entry: EntryDetail, quorum: number): string[] {
  const { id, resolution_status, task } = entry;
  if (resolution_status !== 'unresolved' && resolution_status !== 'retrying') return [];
  const replay = `npx jr dlq replay ${id} --reason "what is different now"`;
  const close = [
    `npx jr dlq resolve ${id} --notes "mended by hand"`,
    `npx jr dlq abandon ${id} --notes "not worth it"`,
  ];
  const approve =
    task.status === 'blocked' && !task.requires_council_approval
      ? [`npx jr approve ${task.id} --reason "why"`]
      : [];
  // What a guard stopped is stopped again, so a replay of it is no advice.
  return [...voteLine(entry, quorum), ...approve, ...(task.status === 'failed' ? [replay] : []), ...close];
}
