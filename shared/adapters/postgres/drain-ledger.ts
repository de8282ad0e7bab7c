import type pg from 'pg';
import type { DrainLedger } from '../../ports/drain-ledger.ts';
import { claimBatch, claimed, markRung, requeueBatch, waiting } from './drain-batches.ts';
import {
  abandonedRuns,
  acquireRun,
  rechecked,
  releaseRun,
  requestStop,
  resumeRun,
  startRun,
  unlookedRuns,
} from './drain-runs.ts';
import {
  endRun,
  exported,
  look,
  pauseClaims,
  prepared,
  restoreClaims,
  stopRun,
  verified,
} from './drain-steps.ts';
import { ledgerCall } from './pool.ts';

/** The ledger of drains, in Postgres. */
export function postgresDrainLedger(pool: pg.Pool): DrainLedger {
  const call = <T>(work: () => Promise<T>) => ledgerCall('go on with a drain', work);
  return {
    start: (request, now) => call(() => startRun(pool, request, now)),
    acquire: (id, now, until) => call(() => acquireRun(pool, id, now, until)),
    release: lease => call(() => releaseRun(pool, lease)),
    abandonedRuns: before => call(() => abandonedRuns(pool, before)),
    unlookedRuns: before => call(() => unlookedRuns(pool, before)),
    look: (lease, now) => call(() => look(pool, lease, now)),
    pauseClaims: (lease, now) => call(() => pauseClaims(pool, lease, now)),
    restoreClaims: (lease, now) => call(() => restoreClaims(pool, lease, now)),
    prepared: (lease, found, now) => call(() => prepared(pool, lease, found, now)),
    claimBatch: (lease, batch, now) => call(() => claimBatch(pool, lease, batch, now)),
    claimed: (lease, batch) => call(() => claimed(pool, lease, batch)),
    requeue: (lease, request, now) => call(() => requeueBatch(pool, lease, request, now)),
    waiting: (lease, batch) => call(() => waiting(pool, lease, batch)),
    markRung: (taskIds, now) => call(() => markRung(pool, taskIds, now)),
    verified: (lease, verification, now) => call(() => verified(pool, lease, verification, now)),
    exported: (lease, progress, now) => call(() => exported(pool, lease, progress, now)),
    stop: (lease, reason, now) => call(() => stopRun(pool, lease, reason, now)),
    end: (lease, status, report, now) => call(() => endRun(pool, lease, status, report, now)),
    requestStop: (id, by) => call(() => requestStop(pool, id, by)),
    resumeRun: (id, now) => call(() => resumeRun(pool, id, now)),
    rechecked: (id, recheck) => call(() => rechecked(pool, id, recheck)),
  };
}
