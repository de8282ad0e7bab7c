import type { DrainRequest, Overrides } from '../../shared/domain/drain-request.ts';
import type { Failure } from '../../shared/domain/failure.ts';
import { planJson } from '../../shared/edit/plan-json.ts';
import { planTask } from '../../shared/flow/plan-task.ts';
import { readMeta } from '../../shared/instruction/meta.ts';
import type { PlannableEntry } from '../../shared/ports/drain-ledger.ts';
import { type Answer, type Dependencies, refused, unknownEntry } from './dependencies.ts';
import { ring } from './ring.ts';

/** Runs one task again, changed where a person says so. Dry: its plan against the files of today. */
export async function replay(
  { entryId, overrides, dryRun, operator, reason }: DrainRequest & { action: 'replay' },
  deps: Dependencies,
): Promise<Answer> {
  const { operations, drainView, clock } = deps;
  const fields = { dry_run: dryRun, entry_id: entryId };
  if (dryRun) {
    const result = await operations.preview('requeue', { entryId });
    if (result.kind === 'unknown') return unknownEntry('replay', entryId, fields);
    if (result.kind === 'refused')
      return refused('replay', result.message, { ...fields, task_id: result.taskId });
    const entry = await drainView.plannable(entryId);
    const plan = entry === null ? null : await planEntry(withOverrides(entry, overrides), deps);
    return { ok: plan?.ok ?? false, action: 'replay', ...fields, task_id: result.taskId, plan };
  }
  const now = clock.now();
  const result = await operations.requeue({ entryId }, { by: operator, reason }, now, overrides);
  switch (result.kind) {
    case 'unknown':
      return unknownEntry('replay', entryId, fields);
    case 'refused':
      return refused('replay', result.message, { ...fields, task_id: result.taskId });
    case 'done':
      await ring(result.taskId, now, deps);
      return { ok: true, action: 'replay', ...fields, task_id: result.taskId, blocked: result.blocked };
  }
}

/** What a retry of an entry would do today, as `jr plan --json` has it. */
export async function planEntry(entry: PlannableEntry, deps: Dependencies) {
  const planned = await planTask(entry, deps);
  const failed = ({ code, message }: Failure) =>
    ({ instruction: entry.title, ok: false, error: { code, message } }) as const;
  if (planned.kind === 'unreadable') return failed(planned.failure);
  // To read such a document is no failure (`jr plan`); as a task it is one.
  const nothing = planned.plan.failures.find(({ code }) => code === 'NO_STEPS');
  if (nothing !== undefined) return failed(nothing);
  return planJson(entry.title, readMeta(planned.document), planned.plan, { applying: false, applied: false });
}

function withOverrides(entry: PlannableEntry, { instructionContent, limits }: Overrides): PlannableEntry {
  return {
    ...entry,
    instructionContent: instructionContent ?? entry.instructionContent,
    parameters: limits === null ? entry.parameters : { ...entry.parameters, limits },
  };
}
