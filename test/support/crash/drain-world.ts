import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sweep } from '../../../functions/dlq-retry/run.ts';
import type { Dependencies } from '../../../functions/drain/dependencies.ts';
import { postgresClaimsSwitch } from '../../../shared/adapters/postgres/claims-switch.ts';
import { postgresDrainLedger } from '../../../shared/adapters/postgres/drain-ledger.ts';
import { postgresLedgerExport } from '../../../shared/adapters/postgres/export-ledger.ts';
import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import { postgresDrainView } from '../../../shared/adapters/postgres/view-drains.ts';
import { JrError } from '../../../shared/domain/failure.ts';
import { type Drains, drainsOf } from '../drains.ts';
import { createExecution, type Execution, ladderOf } from '../execution.ts';
import { insertFailed } from '../failed-kinds.ts';
import { Backends } from './backends.ts';
import { keepHistory } from './history.ts';
import { running } from './hook-files.ts';
import { ownConnections } from './hook-sql.ts';
import { hookCalls } from './hooks.ts';
import { CrashPoints, type Fault, type Victim } from './points.ts';

const signed = { operator: 'ada', reason: 'the network is back' };

/** Thirty failed tasks of six kinds; eighteen of them were transient. */
export const thirty = {
  network: 10,
  rateLimit: 8,
  staleSearch: 4,
  protectedPath: 3,
  crash: 3,
  quota: 2,
} as const;

/**
 * A ledger after a bad night, execute-task and dlq-retry that work, and a drain whose process can die at each call that
 * it makes. One is used for one run after another.
 */
export class DrainWorld {
  readonly execution: Execution;
  readonly #start: Date;
  points = new CrashPoints();
  crashes = 0;

  private constructor(execution: Execution) {
    this.execution = execution;
    this.#start = execution.now;
  }

  static async create(): Promise<DrainWorld> {
    await hookCalls();
    const execution = await createExecution();
    await keepHistory(execution.database.owner);
    return new DrainWorld(execution);
  }

  async close(): Promise<void> {
    await this.execution.close();
  }

  /** Everything as on the first day. */
  async begin(faults: ReadonlyMap<number, Fault>): Promise<void> {
    const { execution } = this;
    const { pool, owner } = execution.database;
    execution.now = this.#start;
    execution.rung.length = 0;
    execution.wakeUps.clear();
    this.points = new CrashPoints({ faults });
    this.crashes = 0;
    await pool.query('delete from jr_work_queue');
    await pool.query('delete from jr_drain_runs');
    await pool.query('delete from task_history');
    await owner.query('alter table jr_work_queue alter id restart');
    await owner.query('alter table jr_drain_runs alter id restart');
    await owner.query('alter table jr_failed_tasks_dlq alter id restart');
    await pool.query(
      `update jr_control set value = 'false', changed_by = 'test' where name = 'claims_paused'`,
    );
    for (const name of await readdir(execution.root)) {
      await rm(join(execution.root, name), { recursive: true });
    }
    await insertFailed(pool, thirty, execution.now);
  }

  /**
   * Until nothing is under way any more: a person begins it, again where nothing came of it, and the minute sweep wakes it.
   * Calls `afterEach` with the world at rest.
   */
  async run(action: 'drain' | 'export', afterEach: () => Promise<void>): Promise<void> {
    const begin = { action, ...(action === 'drain' ? { pause_claims: true } : {}), ...signed };
    for (let rounds = 0; rounds < 12; rounds++) {
      const status = await this.#status();
      if (status === null) await this.#invoke(begin);
      else if (status === 'stopped') await this.#invoke({ action: 'resume', run_id: 1, ...signed });
      else if (status === 'running') await this.#wake();
      else return;
      await afterEach();
    }
    throw new Error(`The ${action} does not come to its end.`);
  }

  async #status(): Promise<string | null> {
    const { rows } = await this.execution.database.pool.query<{ status: string }>(
      'select status from jr_drain_runs order by id desc limit 1',
    );
    return rows[0]?.status ?? null;
  }

  /** Its lease runs out, the minute sweep finds it, the wake-up comes. */
  async #wake(): Promise<void> {
    const { execution } = this;
    execution.now = new Date(execution.now.getTime() + 400_000);
    execution.wakeUps.clear();
    const { drains_continued } = await sweep(() => 60_000, ladderOf(execution).deps);
    const [wakeUp] = execution.wakeUps.values();
    if (drains_continued !== 1 || wakeUp === undefined) throw new Error('Nobody goes on with the drain.');
    await this.#invoke(wakeUp.payload);
  }

  async #invoke(payload: object): Promise<void> {
    const process = new DrainProcess(this, drainsOf(this.execution));
    try {
      await process.invoke(payload);
    } finally {
      if (process.dead) this.crashes += 1;
      await process.end();
    }
  }
}

/** One execution environment of drain, on connections that die with it. */
class DrainProcess implements Victim {
  readonly name = 'drain';
  readonly points: CrashPoints;
  dead = false;
  readonly #drains: Drains;
  readonly #pool;
  readonly #backends: Backends;

  constructor(world: DrainWorld, drains: Drains) {
    this.#drains = drains;
    this.points = world.points;
    this.#backends = new Backends(world.execution.database);
    const { databaseUrl } = this.#backends;
    this.#pool = createPool({ databaseUrl, max: 2, onIdleError: () => undefined });
    ownConnections(this.#pool, this, client => this.#backends.end(client));
  }

  /** What a dead process answers, or one throws that could not reach its ledger, is nothing to go on. */
  async invoke(payload: object): Promise<void> {
    try {
      await running.run(this, () => this.#drains.invoke(payload, this.#deps()));
    } catch (error) {
      if (!this.dead && !(error instanceof JrError)) throw error;
    }
  }

  async end(): Promise<void> {
    await this.#pool.end();
    await this.#backends.end();
  }

  #deps(): Dependencies {
    const { deps } = this.#drains;
    const away = () => new JrError('QUEUE_UNAVAILABLE', 'The queue does not answer.');
    const lost = () => new Error('The service does not answer.');
    const pass = <T>(name: string, work: () => Promise<T>, failure: () => Error) =>
      this.points.pass(this, { name, work, failure });
    return {
      ...deps,
      drains: postgresDrainLedger(this.#pool),
      drainView: postgresDrainView(this.#pool),
      ledgerExport: postgresLedgerExport(this.#pool, 12),
      claims: postgresClaimsSwitch(this.#pool),
      queue: { ...deps.queue, ring: bells => pass('queue ring', () => deps.queue.ring(bells), away) },
      wakeUps: {
        set: wakeUp => pass(`wake-up ${wakeUp.name}`, () => deps.wakeUps.set(wakeUp), lost),
        remove: name => pass('wake-up remove', () => deps.wakeUps.remove(name), lost),
      },
      // The others are other processes.
      sleep: milliseconds => running.exit(() => deps.sleep(milliseconds)),
    };
  }
}
