import { unknownCategory } from '../../domain/category.ts';
import type { EntrySelection } from '../../domain/drain.ts';
import type { Candidates } from '../../ports/drain-ledger.ts';
import { evidenceJson } from './half-written.ts';

/** Conditions on open entries `d` of tasks `w`, over the parameters $1 to $5 of {@link selectionValues}. */
export const selected = `d.resolution_status in ('unresolved', 'retrying')
    and ($1::text[] is null or coalesce(d.error_code, '${unknownCategory}') = any($1))
    and ($2::bigint[] is null or d.id = any($2))
    and ($3::timestamptz is null or d.created_at <= $3)
    and ($4::timestamptz is null or d.created_at >= $4)
    and ($5::text is null or w.assigned_jr = $5)`;

export function selectionValues(selection: EntrySelection, now: Date): unknown[] {
  const ago = (minutes: number | null) =>
    minutes === null ? null : new Date(now.getTime() - minutes * 60_000);
  const { category, ids, older_than_minutes, newer_than_minutes, jr } = selection;
  return [category, ids, ago(older_than_minutes), ago(newer_than_minutes), jr];
}

/**
 * The same, and what a run may take besides ($6, $7 of {@link candidateValues}): only failed tasks, as a person's
 * requeue has it, below the cap of replays; nothing that a run holds that is under way.
 */
export const mayBeTaken = `${selected}
    and coalesce(d.error_class, 'permanent') = any($6::text[])
    and w.status = 'failed' and not w.requires_council_approval and w.replay_count < $7
    and not exists (select 1 from jr_drain_runs o where o.id = d.drain_run_id and o.status = 'running')`;

export function candidateValues({ selection, classes, maxReplays, asOf }: Candidates): unknown[] {
  return [...selectionValues(selection, asOf), classes, maxReplays];
}

/** What planning needs of an entry `d` and its task `w`, named as the port has it. */
export const plannableColumns = `
  d.id as "entryId", w.id as "taskId", w.title, d.error_class as "errorClass", w.instruction_file as "instructionFile",
  w.instruction_content as "instructionContent", w.parameters,
  coalesce(${evidenceJson('w.id')}, '[]') as evidence,
  coalesce((select jsonb_agg(jsonb_build_object('planHash', a.plan_hash, 'errorCodes', a.error_codes))
    from jr_task_approvals a where a.task_id = w.id and a.plan_hash is not null), '[]') as approvals`;
