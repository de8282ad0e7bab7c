import type { Contestant, ContestantName } from '../contestant.ts';
import { dbos } from './dbos.ts';
import { floor } from './floor.ts';
import { floorOnItsTables } from './floor-on-its-tables.ts';
import { fromItsBacklog } from './from-its-backlog.ts';
import { graphileWorker } from './graphile-worker.ts';
import { jrExecutor, jrLedgerAlone } from './jr-executor.ts';
import { pgBoss, pgBossBatch } from './pg-boss.ts';

export const contestants: Record<ContestantName, Contestant> = {
  floor,
  'jr-executor': jrExecutor,
  'from its backlog': fromItsBacklog,
  'its ledger alone': jrLedgerAlone,
  'floor on its tables': floorOnItsTables,
  'pg-boss': pgBoss,
  'pg-boss, batch': pgBossBatch,
  'graphile-worker': graphileWorker,
  DBOS: dbos,
};

export function settingsOf(name: ContestantName): string {
  return contestants[name].settings;
}
