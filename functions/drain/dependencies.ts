import type { DrainSettings } from '../../shared/domain/drain.ts';
import type { Planning } from '../../shared/flow/plan-task.ts';
import type { AlertLedger } from '../../shared/ports/alert-ledger.ts';
import type { ClaimsSwitch } from '../../shared/ports/claims-switch.ts';
import type { Clock } from '../../shared/ports/clock.ts';
import type { DrainLedger } from '../../shared/ports/drain-ledger.ts';
import type { DrainRunView, DrainView } from '../../shared/ports/drain-view.ts';
import type { GoldenTasks } from '../../shared/ports/golden-tasks.ts';
import type { ExportFiles, LedgerExport } from '../../shared/ports/ledger-export.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Operations } from '../../shared/ports/operations.ts';
import type { TaskQueue } from '../../shared/ports/queue.ts';
import type { Tracer } from '../../shared/ports/tracer.ts';
import type { WakeUps } from '../../shared/ports/wake-ups.ts';

/** The numbers of `infra/sweeps.json` that the runbook goes by. */
export interface DrainRules extends Omit<DrainSettings, 'pause_claims' | 'verify'> {
  /** Above so many open entries they are exported first. */
  readonly export_above: number;
  readonly look_again_after_hours: number;
}

export interface Dependencies extends Planning {
  readonly drains: DrainLedger;
  readonly drainView: DrainView;
  readonly operations: Operations;
  readonly claims: ClaimsSwitch;
  readonly queue: TaskQueue;
  readonly wakeUps: WakeUps;
  readonly alertLedger: AlertLedger;
  readonly golden: GoldenTasks;
  readonly ledgerExport: LedgerExport;
  readonly exportFiles: ExportFiles;
  readonly clock: Clock;
  /** Waits so many milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<unknown>;
  readonly log: Log;
  readonly tracer: Tracer;
  readonly drainRules: DrainRules;
  /** Equal votes of the Council that decide. */
  readonly councilQuorum: number;
}

/** What the runbook answers: names as the columns have them. `ok` is false when what was asked for was not done. */
export type Answer = {
  readonly ok: boolean;
  readonly action: string | null;
  /** Of an action that drives a run, or tells of one: how far it has come. */
  readonly run?: DrainRunView | null;
} & Readonly<Record<string, unknown>>;

/** Nothing was done; the sentence says why and what to do. */
export function refused(action: string | null, message: string, fields: object = {}): Answer {
  return { ok: false, action, ...fields, error: { kind: 'refused', message } };
}

/** Nothing was done: the request is wrong, or names what is not there. */
export function misasked(action: string | null, message: string, fields: object = {}): Answer {
  return { ok: false, action, ...fields, error: { kind: 'usage', message } };
}

export function unknownRun(action: string, runId: number): Answer {
  return misasked(action, `There is no drain run ${runId}: "npx jr drain status" shows the latest.`);
}

export function unknownEntry(action: string, entryId: number, fields: object): Answer {
  const where = '"npx jr dlq list --status all" lists them. An entry has an id of its own, not its task\'s.';
  return misasked(action, `There is no entry ${entryId}: ${where}`, fields);
}
