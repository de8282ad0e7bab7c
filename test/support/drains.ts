import type { Answer, Dependencies } from '../../functions/drain/dependencies.ts';
import { run } from '../../functions/drain/run.ts';
import ladder from '../../infra/ladder.json' with { type: 'json' };
import sweeps from '../../infra/sweeps.json' with { type: 'json' };
import { decodeDrain } from '../../shared/adapters/invoke/decode-drain.ts';
import { postgresClaimsSwitch } from '../../shared/adapters/postgres/claims-switch.ts';
import { postgresDrainLedger } from '../../shared/adapters/postgres/drain-ledger.ts';
import { postgresLedgerExport } from '../../shared/adapters/postgres/export-ledger.ts';
import { postgresAlertLedger } from '../../shared/adapters/postgres/observe-alerts.ts';
import { postgresOperations } from '../../shared/adapters/postgres/operations.ts';
import { postgresDrainView } from '../../shared/adapters/postgres/view-drains.ts';
import { folderExportFiles } from '../../shared/adapters/workspace/export-files.ts';
import { folderGoldenTasks } from '../../shared/adapters/workspace/golden-tasks.ts';
import type { Execution } from './execution.ts';
import { bell } from './messages.ts';

/** The runbook over a real ledger; whenever it waits, the clock goes on and execute-task runs what was rung. */
export interface Drains {
  readonly deps: Dependencies;
  /** Milliseconds that an invocation has; five minutes unless a test says otherwise. */
  budgetMs: number;
  /** Called at each wait, after the clock has gone on; by default it executes what was rung. */
  meanwhile: () => Promise<void>;
  /** Executes what was rung. */
  work(): Promise<void>;
  invoke(payload: object, deps?: Dependencies): Promise<Answer>;
}

export function drainsOf(execution: Execution): Drains {
  const { pool } = execution.database;
  const { root } = execution;
  let begun = execution.now.getTime();
  const drains: Drains = {
    budgetMs: 300_000,
    meanwhile: () => drains.work(),
    async work() {
      while (execution.rung.length > 0) {
        await execution.invoke(execution.rung.splice(0, 10).map(({ taskId }) => bell(taskId)));
      }
    },
    deps: {
      ...execution.deps,
      drains: postgresDrainLedger(pool),
      drainView: postgresDrainView(pool),
      operations: postgresOperations(pool),
      claims: postgresClaimsSwitch(pool),
      alertLedger: postgresAlertLedger(pool),
      ledgerExport: postgresLedgerExport(pool),
      golden: folderGoldenTasks(root),
      exportFiles: folderExportFiles(root),
      wakeUps: {
        set: async wakeUp => void execution.wakeUps.set(wakeUp.name, wakeUp),
        remove: async name => void execution.wakeUps.delete(name),
      },
      sleep: async milliseconds => {
        execution.now = new Date(execution.now.getTime() + milliseconds);
        await drains.meanwhile();
      },
      drainRules: sweeps.drain,
      councilQuorum: ladder.rules.council_quorum,
    },
    async invoke(payload, deps = drains.deps) {
      const decoded = decodeDrain(payload);
      if (decoded.kind === 'rejected') throw new Error(decoded.message);
      begun = execution.now.getTime();
      const remainingMs = () => begun + drains.budgetMs - execution.now.getTime();
      return await run({ request: decoded.request, remainingMs }, deps);
    },
  };
  return drains;
}
