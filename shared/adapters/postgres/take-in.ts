import pg from 'pg';
import { JrError } from '../../domain/failure.ts';
import type { Submission } from '../../domain/message.ts';
import type { IncomingSubmission, Intake, IntakeResult, Rejection } from '../../ports/ledger.ts';
import { bellIsOut } from './bells-out.ts';
import { insertCouncilEntries, waitsForCouncil } from './entry-rows.ts';
import { oftenSent } from './often-sent.ts';
import { recordRejections } from './record-rejections.ts';
import { taskKeyOf } from './task-key.ts';

/** A task that a message has made, now or at an earlier delivery. */
interface Made {
  task_key: string;
  task_id: number;
  held: boolean;
}

interface Refused {
  task_key: string;
  task_id: null;
  jr_registered: boolean;
  registered_jrs: string[];
}

/** What became of a submission. */
type Fate = Made | Refused;

/** Whether a task waits without a bell. */
const heldOf = (task: string) =>
  `(${task}.status in ('pending', 'assigned') and ${task}.dispatched_at is null)`;

/**
 * One statement takes a batch in. `task_key` is the message's id and `dedupe_key` the sender's, both unique, so a
 * second delivery inserts nothing (invariant 5). While fewer bells are out than the window allows, a message is its
 * task's bell; beyond that the task waits in the ledger (design section 5), and so it does where others wait and more than
 * half of the window is out: the other half is filled in order of service. Answers what was inserted and what refused.
 */
const insertSql = ({ onConflict = '', parts = '' }) => `
with checked as materialized (
  select i.*,
    i.assigned_jr is null or exists (select 1 from jr_status s where s.jr_name = i.assigned_jr) as jr_registered,
    i.parent_task_id is null
      or exists (select 1 from jr_work_queue p where p.id = i.parent_task_id) as parent_exists
  from json_to_recordset($1::json) as i(
    place int, task_key uuid, dedupe_key text, title text, description text, instruction_file text,
    instruction_content text, assigned_jr text, use_rlm boolean, priority int, sacred_fire_priority int,
    parameters jsonb, tags text[], requires_council_approval boolean, parent_task_id bigint, source text,
    created_by text, not_before timestamptz)
), room as materialized (
  select case when count(*) > $3 / 2 and (select backlog from jr_dispatch) then 0 else $3 - count(*) end as n from (
    -- In the order of its index: the planner takes what no statistics tell it of for most of the table.
    select 1 from jr_work_queue
    where ${bellIsOut('$2')}
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
    case when place <= (select n from room) then $2::timestamptz end, $2, $2
  from checked where jr_registered and parent_exists
  ${onConflict}
  returning id, task_key, requires_council_approval, status, dispatched_at
)${parts}
select task_key, id as task_id, ${heldOf('inserted')} as held, true as jr_registered, null::text[] as registered_jrs
from inserted
union all
select task_key, null, false, jr_registered, (select array_agg(jr_name order by jr_name) from jr_status)
from checked where not (jr_registered and parent_exists)`;

/** What has to wait for the Council is blocked and has an entry like everything that waits for people (invariant 8). */
const askCouncil = `, waiting as (${insertCouncilEntries('(select id from inserted where requires_council_approval) as handed_in')}
)`;

/** Of nearly every batch all is new. To look for each row first whether it is there is an eighth of what taking in costs. */
const takeInNewSql = insertSql({});
const onConflict = 'on conflict do nothing';
const takeInSql = insertSql({ onConflict });
const takeInForCouncilSql = insertSql({ onConflict, parts: askCouncil });

/** The tasks that were made before under the keys of what was not inserted. */
const findSql = `
select x.task_key, w.id as task_id, w.held
from json_to_recordset($1::json) as x(task_key uuid, dedupe_key text)
-- LIMIT keeps each of these a search by its unique index: joined as a table, all tasks that there are would be read.
cross join lateral (
  select k.id, ${heldOf('k')} as held from jr_work_queue k where k.task_key = x.task_key
  union all
  select k.id, ${heldOf('k')} from jr_work_queue k where k.dedupe_key = x.dedupe_key
  limit 1) w`;

/** New ids go on after the highest, which somebody may have brought by SQL, as from an older system. */
const passIdsSql = `
select setval(ids, greatest(nextval(ids), (select max(id) from jr_work_queue)))
from pg_get_serial_sequence('jr_work_queue', 'id') as ids`;

/** Takes in submissions and records what could not be a task. See {@link Intake}. */
export async function takeIn(pool: pg.Pool, intake: Intake, now: Date): Promise<IntakeResult> {
  const taskIds = new Map<string, number>();
  const held = new Set<number>();
  const rejected: Rejection[] = [];
  const take = (messageId: string, task: Made) => {
    taskIds.set(messageId, task.task_id);
    if (task.held) held.add(task.task_id);
  };
  if (intake.rejections.length > 0) {
    // What made a task when it was first delivered is its bell, though its document may be another one by now.
    const made = await find(pool, intake.rejections.map(toKey));
    for (const rejection of intake.rejections) {
      const task = made.get(taskKeyOf(rejection.messageId));
      if (task === undefined) rejected.push(rejection);
      else take(rejection.messageId, task);
    }
  }
  if (intake.submissions.length > 0) {
    const fates = await insertOrFind(pool, intake, now);
    for (const { messageId, body, submission } of intake.submissions) {
      const fate = fates.get(taskKeyOf(messageId));
      if (fate === undefined) {
        await pool.query(passIdsSql);
        const message = `The task of message ${messageId} was deleted while it was looked for, or somebody had its id already: the batch comes again.`;
        throw new JrError('LEDGER_UNAVAILABLE', message);
      }
      if (fate.task_id === null) rejected.push({ messageId, body, reason: refusal(fate, submission) });
      else take(messageId, fate);
    }
  }
  if (rejected.length > 0) await recordRejections(pool, rejected, now);
  return { taskIds, held, rejected };
}

/** SQLSTATE unique_violation: a batch of new tasks has one that was taken in before, or that is in it twice. */
function isThereAlready(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '23505';
}

/** What became of each submission, by its key. */
async function insertOrFind(
  pool: pg.Pool,
  { submissions, window }: Intake,
  now: Date,
): Promise<ReadonlyMap<string, Fate>> {
  const rows = inOrderOfService(submissions).map(toRow);
  const values = [JSON.stringify(rows), now, window];
  const send = async (name: string, text: string) =>
    (await pool.query<Fate>(oftenSent(name, text, values))).rows;
  const inserted = submissions.some(({ submission }) => submission.requiresCouncilApproval === true)
    ? await send('take_in_for_council', takeInForCouncilSql)
    : await send('take_in_new', takeInNewSql).catch((error: unknown) => {
        if (isThereAlready(error)) return send('take_in', takeInSql);
        throw error;
      });
  const fates = new Map<string, Fate>(inserted.map(fate => [fate.task_key, fate]));
  // Also what is refused by now: the Jr that it names may have another name since it was taken in.
  const others = rows.filter(({ task_key }) => (fates.get(task_key)?.task_id ?? null) === null);
  if (others.length > 0) {
    const keys = others.map(({ task_key, dedupe_key }) => ({ task_key, dedupe_key }));
    for (const [key, task] of await find(pool, keys)) fates.set(key, task);
  }
  return fates;
}

function toKey({ messageId }: Rejection) {
  return { task_key: taskKeyOf(messageId) };
}

/** The tasks that were made before, by the keys they were made under. */
async function find(
  pool: pg.Pool,
  keys: readonly { readonly task_key: string; readonly dedupe_key?: string | undefined }[],
): Promise<ReadonlyMap<string, Made>> {
  const { rows } = await pool.query<Made>(findSql, [JSON.stringify(keys)]);
  return new Map(rows.map(task => [task.task_key, task]));
}

/** So that the first get what bells there are. With the defaults of the table. */
function inOrderOfService(submissions: readonly IncomingSubmission[]): IncomingSubmission[] {
  return submissions.toSorted(
    ({ submission: a }, { submission: b }) =>
      (b.sacredFirePriority ?? 0) - (a.sacredFirePriority ?? 0) || (a.priority ?? 5) - (b.priority ?? 5),
  );
}

function refusal(fate: Refused, { assignedJr, parentTaskId }: Submission): string {
  if (!fate.jr_registered) {
    return `assigned_jr: ${JSON.stringify(assignedJr)} is not a registered Jr; registered are ${fate.registered_jrs
      .map(name => JSON.stringify(name))
      .join(', ')}.`;
  }
  return `parent_task_id: there is no task ${parentTaskId}.`;
}

/** What the sender did not say is left out: it need not be written, sent and read. */
function toRow({ messageId, submission: s }: IncomingSubmission, index: number) {
  const given = <T>(value: T | null) => value ?? undefined;
  return {
    place: index + 1,
    task_key: taskKeyOf(messageId),
    dedupe_key: given(s.dedupeKey),
    title: given(s.title),
    description: given(s.description),
    instruction_file: given(s.instructionFile),
    instruction_content: given(s.instructionContent),
    assigned_jr: given(s.assignedJr),
    use_rlm: given(s.useRlm),
    priority: given(s.priority),
    sacred_fire_priority: given(s.sacredFirePriority),
    parameters: given(s.parameters),
    tags: given(s.tags),
    requires_council_approval: given(s.requiresCouncilApproval),
    parent_task_id: given(s.parentTaskId),
    source: given(s.source),
    created_by: given(s.createdBy),
    not_before: given(s.notBefore),
  };
}
