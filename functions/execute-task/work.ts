import { failure } from '../../shared/domain/failure.ts';
import { isFirst } from '../../shared/domain/task.ts';
import { together } from '../../shared/domain/together.ts';
import { placesWritten } from '../../shared/edit/changes.ts';
import type { Plan } from '../../shared/edit/types.ts';
import type { ClaimedTask } from '../../shared/ports/ledger.ts';
import { decide, type Reading, recordIntent } from './decide.ts';
import { type Decision, type Decisions, fail, giveBack } from './decision.ts';
import type { AttemptDependencies } from './dependencies.ts';
import type { Followed } from './followed.ts';
import { writePlans } from './write-plans.ts';

/** How often a task is planned anew because somebody changed its files between planning and writing. */
const maxPlans = 3;

/** By itself a task that is planned in less has time left to be written. */
const mostPlanningMs = 40_000;

/** Of the function's time: when nothing is begun any more, and when what was begun stops where it is. */
export interface TimeLeft {
  readonly late: () => boolean;
  readonly over: () => boolean;
}

/**
 * Plans each task. From the moment it is `late` none is begun any more. Whether anything was half-written meanwhile is
 * looked for once for all, before and after; what was only read and is not written is read again then, each by itself.
 */
export async function planEach(
  tasks: readonly ClaimedTask[],
  late: () => boolean,
  followed: Followed,
  deps: AttemptDependencies,
): Promise<Decisions> {
  const decisions: Decisions = new Map();
  const plan = async (task: ClaimedTask, reading: Reading) => {
    const decision = () => followed.during([task], 'plan', () => decide(task, deps, reading));
    decisions.set(task, late() ? giveBack(task) : withFirstWord(task, await decision()));
  };
  const before = tasks.length === 0 ? null : await atRestSince(deps);
  for (const task of tasks) await plan(task, before === null ? 'first' : 'watched');
  if (before === null || before === (await atRestSince(deps))) return decisions;
  for (const [task, { kind }] of decisions) if (kind === 'settle') await plan(task, 'first');
  return decisions;
}

/** Null as well where the workspace does not answer: each task finds that out for itself, and says so. */
async function atRestSince({ workspace }: AttemptDependencies): Promise<string | null> {
  return await workspace.atRestSince().catch(() => null);
}

/** What is decided before any plan of a first attempt was recorded is the first that the ledger hears of its steps. */
function withFirstWord(task: ClaimedTask, decision: Decision): Decision {
  if (decision.kind !== 'settle' || !isFirst(task.lease)) return decision;
  return { ...decision, settlement: { ...decision.settlement, recorded: 'nothing' } };
}

/** Writes each plan whose intent is recorded, and completes its task with it. */
export async function writeEach(
  decisions: Decisions,
  time: TimeLeft,
  followed: Followed,
  deps: AttemptDependencies,
): Promise<void> {
  let written = 0;
  for (;;) {
    await writeWaiting(decisions, time, followed, deps);
    const before = written;
    written = [...decisions.values()].filter(({ kind }) => kind === 'written').length;
    if (written === before || time.late()) return;
    // A document that could not be placed may have waited for a file that this very batch wrote.
    const failed = [...decisions].flatMap(([task, decision]) =>
      decision.kind === 'settle' && decision.settlement.end.outcome === 'failed' ? [task] : [],
    );
    if (failed.length === 0) return;
    await planAgain(failed, decisions, followed, deps);
  }
}

/** Writes as many at one time as write different files, until none is left. */
async function writeWaiting(
  decisions: Decisions,
  time: TimeLeft,
  followed: Followed,
  deps: AttemptDependencies,
): Promise<void> {
  const plans = new Map<ClaimedTask, number>();
  const alone = new Set<ClaimedTask>();
  for (;;) {
    const waiting = [...decisions].flatMap(([task, decision]) =>
      decision.kind === 'write' ? [toWrite(task, decision.plan, alone.has(task))] : [],
    );
    if (waiting.length === 0) return;
    if (time.late()) {
      for (const { task } of waiting) decisions.set(task, unwritten(task, followed, deps));
      return;
    }
    const group = together(waiting);
    const tasks = group.map(({ task }) => task);
    const ends = await followed.during(tasks, 'write', () => writePlans(group, time.over, deps));
    const changed: ClaimedTask[] = [];
    for (const [task, end] of ends) {
      if (end.kind === 'busy') alone.add(task);
      else if (end.kind !== 'changed') decisions.set(task, end);
      else {
        const planned = plans.get(task) ?? 1;
        plans.set(task, planned + 1);
        if (planned < maxPlans) changed.push(task);
        else {
          const message = `${end.failure.message} It was planned ${maxPlans} times and changed each time.`;
          decisions.set(task, fail(task, null, [failure('FILE_CHANGED', message)], deps));
        }
      }
    }
    await planAgain(changed, decisions, followed, deps);
  }
}

/**
 * Given back at no cost where others took the time (invariant 9). What took nearly all of it to be planned would do so each
 * time: that counts, so that it is tried again less and less often and then put before people.
 */
function unwritten(task: ClaimedTask, { workedMs }: Followed, deps: AttemptDependencies): Decision {
  const tookMs = workedMs(task);
  if (tookMs < mostPlanningMs) return giveBack(task);
  const message = `Planning task ${task.lease.taskId} took ${Math.round(tookMs / 1000)} s, after which no time was left to write. Nothing was written. Where that happens again, make its document or the files that it edits smaller, or split it.`;
  return fail(task, null, [failure('DEADLINE', message)], deps);
}

function toWrite(task: ClaimedTask, plan: Plan, alone: boolean) {
  return { task, plan, paths: placesWritten(plan).map(({ place }) => place), alone };
}

async function planAgain(
  tasks: readonly ClaimedTask[],
  decisions: Decisions,
  followed: Followed,
  deps: AttemptDependencies,
): Promise<void> {
  const again: Decisions = new Map();
  for (const task of tasks) {
    again.set(task, await followed.during([task], 'plan', () => decide(task, deps)));
  }
  await recordIntent(again, true, deps);
  for (const [task, decision] of again) decisions.set(task, decision);
}
