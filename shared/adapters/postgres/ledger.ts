import type pg from 'pg';
import type { Ledger } from '../../ports/ledger.ts';
import { claimPastLockedJrs } from './claim-past-locked-jrs.ts';
import { orEachByItself } from './each-by-itself.ts';
import { findHalfWritten } from './find-half-written.ts';
import { ledgerCall } from './pool.ts';
import { recordArrivals } from './record-arrivals.ts';
import { recordPings } from './record-pings.ts';
import { recordPlans } from './record-plans.ts';
import { rollBack } from './roll-back.ts';
import { settleTasks } from './settle-tasks.ts';
import { takeIn } from './take-in.ts';
import { writeUnderLease } from './write-under-lease.ts';

/** The ledger in Postgres. */
export function postgresLedger(pool: pg.Pool): Ledger {
  return {
    takeIn: (intake, now) => ledgerCall('take in submissions', () => takeIn(pool, intake, now)),
    recordPings: (jrNames, now) => ledgerCall('record pings', () => recordPings(pool, jrNames, now)),
    claimTasks: request => ledgerCall('claim tasks', () => claimPastLockedJrs(pool, request)),
    recordPlans: (plans, now) =>
      ledgerCall('record plans', () => orEachByItself(plans, some => recordPlans(pool, some, now))),
    writeUnderLease: (writes, now, work) =>
      ledgerCall('hold the lease while writing', () => writeUnderLease(pool, writes, now, work)),
    findHalfWritten: taskIds =>
      ledgerCall('look for half-written tasks', () => findHalfWritten(pool, taskIds)),
    rollBack: (lease, paths, now, work) =>
      ledgerCall('put back files', () => rollBack(pool, lease, paths, now, work)),
    recordArrivals: (request, decide) =>
      ledgerCall('record crashes', () => recordArrivals(pool, request, decide)),
    settle: (settlements, now) =>
      ledgerCall('settle tasks', () => orEachByItself(settlements, some => settleTasks(pool, some, now))),
  };
}
