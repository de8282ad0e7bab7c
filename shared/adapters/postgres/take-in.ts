import type pg from 'pg';
import type { Submission } from '../../domain/message.ts';
import type { IncomingSubmission, Intake, IntakeResult, Rejection } from '../../ports/ledger.ts';
import { insertCouncilEntries, waitsForCouncil } from './entry-rows.ts';
import { oftenSent } from './often-sent.ts';
import { recordRejections } from './record-rejections.ts';
import { taskKeyOf } from './task-key.ts';

interface Row {
  message_id: string;
  task_id: number | null;
  held: boolean;
  jr_registered: boolean;
  parent_exists: boolean;
  registered_jrs: string[];
}

/** Whether a task waits without a bell. */
const heldOf = (task: string) =>
  `(${task}.status in ('pending', 'assigned') and ${task}.dispatched_at is null)`;

/**
 * One statement takes a batch in. `task_key` is the message's id and `dedupe_key` the sender's, both unique, so a
 * second delivery inserts nothing and finds the task of the first (invariant 5). What has to wait for the Council is
 * blocked and has an entry like everything that waits for people (invariant 8). While fewer bells are out than the
 * window allows, a message is its task's bell; beyond that the task waits in the ledger (design section 5).
 */
const takeInSql = `
with incoming as (
  select * from json_to_recordset($1::json) as x(
    ordinal int, message_id text, task_key uuid, dedupe_key text, title text, description text, instruction_file text,
    instruction_content text, assigned_jr text, use_rlm boolean, priority int, sacred_fire_priority int,
    parameters jsonb, tags text[], requires_council_approval boolean, parent_task_id bigint, source text,
    created_by text, not_before timestamptz)
), checked as (
  select i.*,
    i.assigned_jr is null or exists (select 1 from jr_status s where s.jr_name = i.assigned_jr) as jr_registered,
    i.parent_task_id is null
      or exists (select 1 from jr_work_queue p where p.id = i.parent_task_id) as parent_exists
  from incoming i
), room as materialized (
  select $3 - count(*) as n from (
    -- In the order of its index: the planner takes what no statistics tell it of for most of the table.
    select 1 from jr_work_queue
    where status in ('pending', 'assigned') and dispatched_at is not null and dispatched_at <> created_at
    order by dispatched_at limit $3) out
), inserted as (
  insert into jr_work_queue (task_key, dedupe_key, title, description, instruction_file, instruction_content,
    assigned_jr, use_rlm, status, status_message, priority, sacred_fire_priority, parameters, tags,
    requires_council_approval, parent_task_id, source, created_by, not_before, dispatched_at, created_at, updated_at)
  select task_key, dedupe_key, title, description, instruction_file, instruction_content, assigned_jr,
    coalesce(use_rlm, false),
    case when requires_council_approval then 'blocked' else 'pending' end,
    case when requires_council_approval then '${waitsForCouncil}' end,
    coalesce(priority, 5), coalesce(sacred_fire_priority, 0), coalesce(parameters, '{}'), coalesce(tags, '{}'),
    coalesce(requires_council_approval, false), parent_task_id, source, created_by, not_before,
    case when row_number() over (order by coalesce(sacred_fire_priority, 0) desc, coalesce(priority, 5), ordinal)
      <= (select n from room) then $2::timestamptz end, $2, $2
  from checked where jr_registered and parent_exists order by ordinal
  on conflict do nothing
  returning id, task_key, requires_council_approval, status, dispatched_at
), waiting as (${insertCouncilEntries('(select id from inserted where requires_council_approval) as handed_in')}
)
select c.message_id, c.jr_registered, c.parent_exists, coalesce(n.id, w.id) as task_id,
  coalesce(${heldOf('n')}, w.held, false) as held,
  case when c.jr_registered then '{}' else (select array_agg(jr_name order by jr_name) from jr_status) end
    as registered_jrs
from checked c
left join inserted n using (task_key)
-- LIMIT keeps each of these a search by its unique index: joined as a table, all tasks that there are would be read.
left join lateral (
  select k.id, ${heldOf('k')} as held from jr_work_queue k where n.id is null and k.task_key = c.task_key
  union all
  select k.id, ${heldOf('k')} from jr_work_queue k where n.id is null and k.dedupe_key = c.dedupe_key
  limit 1) w on true`;

/** The tasks that another transaction, or an earlier row of the same batch, made under our keys meanwhile. */
const findSql = `
select x.message_id, w.id as task_id, ${heldOf('w')} as held
from json_to_recordset($1::json) as x(message_id text, task_key uuid, dedupe_key text)
join jr_work_queue w on w.task_key = x.task_key or w.dedupe_key = x.dedupe_key`;

/** Takes in submissions and records what could not be a task. See {@link Intake}. */
export async function takeIn(pool: pg.Pool, intake: Intake, now: Date): Promise<IntakeResult> {
  const taskIds = new Map<string, number>();
  const held = new Set<number>();
  const accept = (row: Pick<Row, 'message_id' | 'task_id' | 'held'>) => {
    if (row.task_id === null) return;
    taskIds.set(row.message_id, row.task_id);
    if (row.held) held.add(row.task_id);
  };
  const rejected: Rejection[] = [...intake.rejections];
  if (intake.submissions.length > 0) {
    const incoming = intake.submissions.map(toRow);
    const { rows } = await pool.query<Row>(
      oftenSent('take_in', takeInSql, [JSON.stringify(incoming), now, intake.window]),
    );
    const byMessage = new Map(rows.map(row => [row.message_id, row]));
    for (const { messageId, body, submission } of intake.submissions) {
      const row = byMessage.get(messageId);
      if (row === undefined) continue;
      const reason = refusal(row, submission);
      if (reason !== null) rejected.push({ messageId, body, reason });
      else accept(row);
    }
    const unresolved = incoming.filter(
      ({ message_id }) =>
        !taskIds.has(message_id) && !rejected.some(({ messageId }) => messageId === message_id),
    );
    if (unresolved.length > 0) {
      const found = await pool.query<Pick<Row, 'message_id' | 'task_id' | 'held'>>(findSql, [
        JSON.stringify(unresolved),
      ]);
      for (const row of found.rows) accept(row);
    }
  }
  if (rejected.length > 0) await recordRejections(pool, rejected, now);
  return { taskIds, held, rejected };
}

function refusal(row: Row, { assignedJr, parentTaskId }: Submission): string | null {
  if (!row.jr_registered) {
    return `assigned_jr: ${JSON.stringify(assignedJr)} is not a registered Jr; registered are ${row.registered_jrs
      .map(name => JSON.stringify(name))
      .join(', ')}.`;
  }
  if (!row.parent_exists) return `parent_task_id: there is no task ${parentTaskId}.`;
  return null;
}

function toRow({ messageId, submission: s }: IncomingSubmission, ordinal: number) {
  return {
    ordinal,
    message_id: messageId,
    task_key: taskKeyOf(messageId),
    dedupe_key: s.dedupeKey,
    title: s.title,
    description: s.description,
    instruction_file: s.instructionFile,
    instruction_content: s.instructionContent,
    assigned_jr: s.assignedJr,
    use_rlm: s.useRlm,
    priority: s.priority,
    sacred_fire_priority: s.sacredFirePriority,
    parameters: s.parameters,
    tags: s.tags,
    requires_council_approval: s.requiresCouncilApproval,
    parent_task_id: s.parentTaskId,
    source: s.source,
    created_by: s.createdBy,
    not_before: s.notBefore,
  };
}
