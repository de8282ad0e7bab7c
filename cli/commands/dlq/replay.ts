import { decodeDrain } from '../../../shared/adapters/invoke/decode-drain.ts';
import type { Overrides } from '../../../shared/domain/drain-request.ts';
import type { Signature } from '../../../shared/ports/operations.ts';
import { askDrain } from '../../ask-drain.ts';
import { sayPause } from '../../claims-text.ts';
import { type PlanJson, planLines } from '../../drain-plan-text.ts';
import { exitCodes, UsageError } from '../../failures.ts';
import { followTask } from '../../follow.ts';
import { print } from '../../print.ts';
import { readDocument } from '../../read-document.ts';
import { ringFor } from '../../ring.ts';
import { entryIdOf, refuse, say, signature, unknownEntry } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';
import type { Target } from '../../target.ts';
import { describeTask, followedLine } from '../../task-text.ts';

interface Options {
  readonly reason?: string;
  readonly by?: string;
  readonly wait?: boolean;
  readonly instruction?: string;
  readonly jr?: string;
  readonly limit?: Readonly<Record<string, number>>;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** `jr dlq replay`: the task goes back to the queue and begins at the foot of the ladder. */
export async function replay(id: string, { json, wait, dryRun, ...options }: Options): Promise<number> {
  const entryId = entryIdOf(id);
  const signed = signature(options);
  const overrides = await overridesOf(options);
  if (!dryRun && Object.values(overrides).some(value => value !== null) && signed.reason === null) {
    throw new UsageError('It changes the task: say why with --reason, it is recorded.');
  }
  const request = requestOf(entryId, signed, overrides);
  const decoded = decodeDrain(request);
  // What the runbook would not take is not written past it.
  if (decoded.kind === 'rejected') throw new UsageError(decoded.message);
  return await withStack(async ({ view, queue, operations, target, claims }) => {
    if (dryRun) return await preview(target, request, json);
    const result = await operations.requeue({ entryId }, signed, new Date(), overrides);
    if (result.kind === 'unknown') throw unknownEntry(entryId);
    const { taskId } = result;
    const fields = { entry_id: entryId, task_id: taskId, requeued: result.kind === 'done' };
    if (result.kind === 'refused') return refuse(json, fields, result.message);
    await ringFor(queue, taskId);
    const warning = result.blocked
      ? `A guard stopped it and nobody has approved that: unless its document or its files have changed it will be stopped again. To let it through: npx jr approve ${taskId} --reason "why"`
      : null;
    const tell = (line: string) => {
      if (!json) print(`${line}\n`);
    };
    tell(`Task ${taskId} is back in the queue; entry ${entryId} is resolved.`);
    if (warning !== null) tell(warning);
    await sayPause(claims, tell);
    const task = wait ? await followTask(view, taskId, state => tell(followedLine(state))) : null;
    if (json) say(json, { ...fields, warning, task }, '');
    else if (task !== null) print(`\n${describeTask(task)}\n`);
    return wait && task?.status !== 'completed' ? exitCodes.failed : exitCodes.done;
  });
}

/** What is changed of the task, as the options say. */
async function overridesOf({
  instruction,
  jr,
  limit,
}: Pick<Options, 'instruction' | 'jr' | 'limit'>): Promise<Overrides> {
  return {
    instructionContent: instruction === undefined ? null : await readDocument(instruction),
    assignedJr: jr ?? null,
    limits: limit ?? null,
  };
}

/** The replay as the runbook is asked for it, dry. */
function requestOf(
  entryId: number,
  { by, reason }: Signature,
  { instructionContent, assignedJr, limits }: Overrides,
): object {
  return {
    action: 'replay',
    dry_run: true,
    entry_id: entryId,
    operator: by,
    reason: reason ?? 'a dry run',
    ...(instructionContent === null ? {} : { instruction_content: instructionContent }),
    ...(assignedJr === null ? {} : { assigned_jr: assignedJr }),
    ...(limits === null ? {} : { limits }),
  };
}

/** The plan of the replay against the files of today, which the runbook has and the command line may not. */
async function preview(target: Target, request: object, json: boolean | undefined): Promise<number> {
  const answer = await askDrain(target, request);
  if (answer.error !== undefined) return refuse(json, { ...answer }, answer.error.message);
  // As functions/drain/replay.ts answers a dry run.
  const { plan } = answer as typeof answer & { plan: PlanJson };
  say(json, { ...answer }, json ? '' : planLines(plan).join('\n'));
  return answer.ok ? exitCodes.done : exitCodes.failed;
}
