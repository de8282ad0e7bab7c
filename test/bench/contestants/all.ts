import type { Contestant, ContestantName } from '../contestant.ts';
import { dbos } from './dbos.ts';
import { floor } from './floor.ts';
import { graphileWorker } from './graphile-worker.ts';
import { jrExecutor } from './jr-executor.ts';
import { pgBoss, pgBossBatch } from './pg-boss.ts';

export const contestants: Record<ContestantName, Contestant> = {
  floor,
  'jr-executor': jrExecutor,
  'pg-boss': pgBoss,
  'pg-boss, batch': pgBossBatch,
  'graphile-worker': graphileWorker,
  DBOS: dbos,
};

export function settingsOf(name: ContestantName): string {
  return contestants[name].settings;
}
