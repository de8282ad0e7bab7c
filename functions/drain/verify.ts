import type { Verification } from '../../shared/domain/drain-report.ts';
import { changesOf } from '../../shared/edit/changes.ts';
import { planTask } from '../../shared/flow/plan-task.ts';
import type { Dependencies } from './dependencies.ts';

/**
 * Runs the golden tasks of the workspace as execute-task would, by the same planner and the same writer, on scratch files.
 * The workspace itself is only read.
 */
export async function tryGoldenTasks(deps: Dependencies): Promise<Verification> {
  const golden = [];
  for (const name of await deps.golden.list()) {
    const problems = await deps.golden.tryOut(name, async (document, scratch) => {
      const task = {
        taskId: 0,
        instructionFile: null,
        instructionContent: document,
        parameters: {},
        evidence: [],
        approvals: [],
      };
      const planned = await planTask(task, { ...deps, workspace: scratch });
      if (planned.kind === 'unreadable') return [planned.failure.message];
      const { plan } = planned;
      if (!plan.ok) return plan.failures.map(({ code, message }) => `${code}: ${message}`);
      // Nobody else knows the scratch folder: there is no lease to lose.
      const journal = { key: 'golden', epoch: 1 };
      const write = {
        journal,
        changes: changesOf(plan),
        mayWrite: () => undefined,
      };
      const [failed = null] = await scratch.write([write]);
      if (failed !== null) throw failed;
      await scratch.forget([journal]);
      return [];
    });
    golden.push({ name, ok: problems.length === 0, problems });
  }
  return { ok: golden.every(({ ok }) => ok), golden };
}
