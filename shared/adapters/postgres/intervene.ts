import type pg from 'pg';
import type { Overrides } from '../../domain/drain-request.ts';
import {
  type CouncilVote,
  type Intervention,
  type Previewed,
  whyNot,
  whyNoVote,
} from '../../domain/intervention.ts';
import { redact } from '../../domain/redact.ts';
import type { EntryRef, PreviewResult, RequeueResult, Signature } from '../../ports/operations.ts';
import { cancelTask } from './cancel-task.ts';
import { inTransaction } from './in-transaction.ts';
import { lockTask } from './lock-task.ts';
import { requeueTask } from './requeue-task.ts';
import { reviseTask } from './revise-task.ts';

const verbs: Record<Intervention, string> = {
  requeue: 'requeued by',
  resolve: 'resolved by hand by',
  abandon: 'abandoned by',
  cancel: 'cancelled by',
};

/** One verb of a person on one task, decided and done under the task's lock. */
export async function intervene(
  pool: pg.Pool,
  intervention: Intervention,
  ref: EntryRef,
  signature: Signature,
  now: Date,
  overrides: Overrides | null = null,
): Promise<RequeueResult> {
  return await inTransaction(pool, async client => {
    const locked = await lockTask(client, ref);
    if (locked === null) return { kind: 'unknown' };
    const { task, entry } = locked;
    const message = whyNot(intervention, task, entry);
    if (message !== null) return { kind: 'refused', taskId: task.id, message };
    const unfit = overrides === null ? null : await reviseTask(client, task.id, overrides, signature, now);
    if (unfit !== null) return { kind: 'refused', taskId: task.id, message: unfit };
    const note = noteOf(verbs[intervention], signature);
    let ring = true;
    if (intervention === 'requeue') await requeueTask(client, task.id, note, now);
    else {
      const entryEnds = intervention === 'resolve' ? 'resolved' : 'abandoned';
      ring = await cancelTask(client, task.id, entryEnds, note, now);
    }
    return {
      kind: 'done',
      taskId: task.id,
      ring,
      entryId: entry?.id ?? null,
      blocked: task.status === 'blocked',
    };
  });
}

/** The same question, and nothing done. */
export async function previewIntervention(
  pool: pg.Pool,
  intervention: Previewed,
  ref: EntryRef,
): Promise<PreviewResult> {
  return await preview(pool, ref, ({ task, entry }) => whyNot(intervention, task, entry));
}

/** Whether a vote may be cast; casts none. */
export async function previewVote(pool: pg.Pool, entryId: number, vote: CouncilVote): Promise<PreviewResult> {
  return await preview(pool, { entryId }, ({ task, entry }) =>
    entry === null ? null : whyNoVote(vote, task, entry),
  );
}

async function preview(
  pool: pg.Pool,
  ref: EntryRef,
  refusal: (locked: NonNullable<Awaited<ReturnType<typeof lockTask>>>) => string | null,
): Promise<PreviewResult> {
  return await inTransaction(pool, async client => {
    const locked = await lockTask(client, ref);
    if (locked === null) return { kind: 'unknown' };
    const message = refusal(locked);
    if (message !== null) return { kind: 'refused', taskId: locked.task.id, message };
    return { kind: 'possible', taskId: locked.task.id };
  });
}

/** "requeued by ada: the disk is back", as the task and its entry keep it. */
function noteOf(verb: string, { by, reason }: Signature): string {
  return redact(`${verb} ${by}${reason === null ? '' : `: ${reason}`}`);
}
