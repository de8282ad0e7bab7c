/** What a task of a case does. */
export type Work =
  /** Nothing, beyond being done once. */
  | 'no-op'
  /** Three steps that are found done already: the ledger's work alone. */
  | 'steps'
  /** Three files written durably, with three checkpoints. */
  | 'files'
  /** Fails, and is put off for a later attempt. */
  | 'failing';

/** A contestant on a database of its own. */
export interface Session {
  /** Adds `tasks` that wait to be run. Not measured. */
  seed(tasks: number, work: Work): Promise<void>;
  /** Runs all that wait until the database says that they are done. Measured. */
  drain(tasks: number, work: Work): Promise<Drained>;
  /** Hands in `tasks` in portions of `portion`. Measured. */
  submit(tasks: number, portion: number): Promise<void>;
  /** Makes rows as tasks leave them that were completed before. */
  addFinished(tasks: number): Promise<void>;
  close(): Promise<void>;
}

export interface Drained {
  /**
   * When the first task began, by performance.now(), where workers had to be started first. It is the moment that the
   * clock of that contestant starts: what it takes to start a worker is no part of a rate.
   */
  readonly begunAt?: number;
  /** Stops the workers. Not measured. */
  stop?(): Promise<void>;
}

export interface SessionOptions {
  readonly databaseUrl: string;
  /** A folder that tasks may write in. */
  readonly folder: string;
}

export interface Contestant {
  /** Makes the tables and opens the connections. */
  open(options: SessionOptions): Promise<Session>;
  /** The settings it runs with, and why, for the report. */
  readonly settings: string;
}

/** One measured run. All per-task figures are means over the run. */
export interface Measurement {
  readonly tasks: number;
  readonly seconds: number;
  readonly statements: number;
  readonly transactions: number;
  readonly walBytes: number;
  /** CPU time of the contestant's own process, in seconds. */
  readonly clientCpu: number;
  /** CPU time of PostgreSQL's processes, in seconds; null where the system does not tell. */
  readonly serverCpu: number | null;
}

export const contestantNames = [
  'floor',
  'jr-executor',
  'from its backlog',
  'its ledger alone',
  'floor on its tables',
  'pg-boss',
  'pg-boss, batch',
  'graphile-worker',
  'DBOS',
] as const;
export type ContestantName = (typeof contestantNames)[number];

/** What one process is asked to measure. */
export interface Run {
  readonly contestant: ContestantName;
  /** A number: tasks are handed in, in portions of that many. */
  readonly work: Work | { readonly portion: number };
  readonly tasks: number;
  readonly databaseUrl: string;
  readonly folder: string;
  /** How many rows as finished tasks leave them are made before. */
  readonly finished: number;
  /** Whether an old snapshot keeps the server from removing dead rows meanwhile. */
  readonly pinned: boolean;
}
