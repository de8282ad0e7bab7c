import type { ClaimedTask } from '../../shared/ports/ledger.ts';
import { decide } from './decide.ts';
import { type Decision, type Decisions, giveBack } from './decision.ts';
import type { AttemptDependencies } from './dependencies.ts';
import type { Followed } from './followed.ts';
import { perform } from './perform.ts';

/** Plans each task. From the moment it is `late` none is begun any more. */
export async function planEach(
  tasks: readonly ClaimedTask[],
  late: () => boolean,
  followed: Followed,
  deps: AttemptDependencies,
): Promise<Decisions> {
  const decisions: Decisions = new Map();
  for (const task of tasks) {
    const plan = () => followed.during(task, 'plan', () => decide(task, deps));
    decisions.set(task, late() ? giveBack(task) : withFirstWord(task, await plan()));
  }
  return decisions;
}

/** What is decided before any plan of a first attempt was recorded is the first that the ledger hears of its steps. */
function withFirstWord(task: ClaimedTask, decision: Decision): Decision {
  if (decision.kind !== 'settle' || task.lease.attempt > 1) return decision;
  return { ...decision, settlement: { ...decision.settlement, recorded: 'nothing' } };
}

/** Writes each plan whose intent is recorded, and completes its task with it. */
export async function writeEach(
  decisions: Decisions,
  late: () => boolean,
  followed: Followed,
  deps: AttemptDependencies,
): Promise<void> {
  for (const [task, decision] of decisions) {
    if (decision.kind === 'write') {
      const write = () => followed.during(task, 'write', () => perform(task, decision.plan, deps));
      decisions.set(task, late() ? giveBack(task) : await write());
    }
  }
  // A document that could not be placed may have waited for a file that this very batch wrote.
  if (![...decisions.values()].some(({ kind }) => kind === 'written')) return;
  for (const [task, decision] of decisions) {
    if (decision.kind === 'settle' && decision.settlement.end.outcome === 'failed' && !late()) {
      decisions.set(task, await followed.during(task, 'write', () => perform(task, null, deps)));
    }
  }
}
