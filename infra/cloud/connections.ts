import { connectionsPerInstance } from '../../shared/adapters/postgres/pool.ts';
import { type Settings, SettingsError } from './settings.ts';

/** Of a function that no queue limits: a sweep, and one that is late, and one called by hand. */
const unlimited = 3;

/** How many connections the functions may hold at once, at the most. */
function mostConnections({ functions }: Pick<Settings, 'functions'>): number {
  const instances = Object.values(functions).map(spec =>
    (spec.sqs ?? []).reduce(
      (sum, source) => sum + (source.maximum_concurrency ?? 0),
      (spec.sqs ?? []).length > 0 && (spec.schedules ?? []).length === 0 ? 0 : unlimited,
    ),
  );
  return instances.reduce((sum, count) => sum + count, 0) * connectionsPerInstance;
}

/** @throws {SettingsError} when the functions together may ask for more connections than the database is said to have */
export function checkConnections(settings: Settings): void {
  const most = mostConnections(settings);
  if (most <= settings.database_connections) return;
  throw new SettingsError(
    `The functions may hold ${most} connections at once, the database is said to have room for ${settings.database_connections}: lower execute_concurrency, or raise database_connections if it has more.`,
  );
}
