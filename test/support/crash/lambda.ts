import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Dependencies as AssignDependencies } from '../../../functions/auto-assign/run.ts';
import type { Dependencies as SweepDependencies } from '../../../functions/dlq-retry/dependencies.ts';
import type { Dependencies as TaskDependencies } from '../../../functions/execute-task/dependencies.ts';
import type { Dependencies as HealthDependencies } from '../../../functions/health-sweep/part.ts';
import sweeps from '../../../infra/sweeps.json' with { type: 'json' };
import { postgresHealthLedger } from '../../../shared/adapters/postgres/care-for-ledger.ts';
import { postgresDispatchLedger } from '../../../shared/adapters/postgres/dispatch-ledger.ts';
import { postgresDrainLedger } from '../../../shared/adapters/postgres/drain-ledger.ts';
import { postgresLedger } from '../../../shared/adapters/postgres/ledger.ts';
import { postgresServiceLedger } from '../../../shared/adapters/postgres/measure-service-levels.ts';
import { postgresAlertLedger } from '../../../shared/adapters/postgres/observe-alerts.ts';
import { postgresOperations } from '../../../shared/adapters/postgres/operations.ts';
import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import { postgresLadderLedger } from '../../../shared/adapters/postgres/sweep-ladder.ts';
import { postgresJrLedger } from '../../../shared/adapters/postgres/watch-jrs.ts';
import { decodeMessage } from '../../../shared/adapters/sqs/decode-message.ts';
import { fileWorkspace } from '../../../shared/adapters/workspace/workspace.ts';
import type { Announcement } from '../../../shared/domain/announcement.ts';
import { JrError } from '../../../shared/domain/failure.ts';
import type { LadderRules } from '../../../shared/domain/ladder.ts';
import { defaultGuards } from '../../../shared/edit/guard-settings.ts';
import type { Operations } from '../../../shared/ports/operations.ts';
import type { TestDatabase } from '../database.ts';
import { untraced } from '../untraced.ts';
import { Backends } from './backends.ts';
import { running } from './hook-files.ts';
import { ownConnections } from './hook-sql.ts';
import type { Call, CrashPoints, Victim } from './points.ts';
import type { Queues } from './queues.ts';

/** The world around an environment, which outlives it. */
export interface Surroundings {
  readonly database: TestDatabase;
  readonly root: string;
  readonly points: CrashPoints;
  readonly rules: LadderRules;
  readonly now: number;
  readonly freeze: (milliseconds: number) => Promise<void>;
  readonly queues: Queues;
  readonly scheduled: Map<number, number>;
  readonly notices: Announcement[];
  readonly note: (event: string, fields?: Record<string, unknown>) => void;
}

/** One execution environment: the functions on the real adapters, with connections that die with it. */
export class Lambda implements Victim {
  dead = false;
  readonly name: string;
  readonly deps: TaskDependencies &
    SweepDependencies &
    HealthDependencies &
    AssignDependencies & { readonly operations: Operations };
  readonly #pool: pg.Pool;
  readonly #world: Surroundings;
  readonly #backends: Backends;

  constructor(world: Surroundings, name: string) {
    this.name = name;
    this.#world = world;
    this.#backends = new Backends(world.database);
    this.#pool = createPool({
      databaseUrl: this.#backends.databaseUrl,
      max: 2,
      plansOnce: true,
      onIdleError: () => undefined,
      // A run is the same one however long the one before took: no connection is ever asked whether it still is one.
      wallClock: () => 0,
    });
    ownConnections(this.#pool, this, client => this.#backends.end(client));
    this.deps = this.#compose();
  }

  get points(): CrashPoints {
    return this.#world.points;
  }

  /** Runs code as this process. Whatever a dead process answers does not count. */
  async run<T>(work: (deps: Lambda['deps']) => Promise<T>): Promise<T | 'crashed' | 'threw'> {
    try {
      const answer = await running.run(this, () => work(this.deps));
      return this.dead ? 'crashed' : answer;
    } catch (error) {
      if (this.dead) return 'crashed';
      if (error instanceof JrError) return 'threw';
      throw error;
    }
  }

  /** Ends what a dead process leaves on the server, as its system would close its connections. */
  async end(): Promise<void> {
    this.dead = true;
    await this.#pool.end();
    await this.#backends.end();
  }

  /** See {@link Backends.loseTransactions}. */
  async loseTransactions(): Promise<void> {
    await this.#backends.loseTransactions();
  }

  #call<T>(name: string, work: () => T, failure: () => Error): Promise<T> {
    const call: Call<T> = { name, work: async () => work(), failure };
    return this.points.pass(this, call);
  }

  #compose(): Lambda['deps'] {
    const world = this.#world;
    const away = () => new JrError('QUEUE_UNAVAILABLE', 'The queue does not answer.');
    const lost = () => new Error('The service does not answer.');
    return {
      ledger: postgresLedger(this.#pool),
      dispatchLedger: postgresDispatchLedger(this.#pool),
      dispatching: { ...sweeps.dispatch, ...sweeps.assignment },
      ladderLedger: postgresLadderLedger(this.#pool),
      alertLedger: postgresAlertLedger(this.#pool),
      drains: postgresDrainLedger(this.#pool),
      drainRules: sweeps.drain,
      jrLedger: postgresJrLedger(this.#pool),
      healthLedger: postgresHealthLedger(this.#pool),
      serviceLedger: postgresServiceLedger(this.#pool),
      operations: postgresOperations(this.#pool),
      workspace: fileWorkspace({ root: world.root }),
      syntax: { check: async () => null },
      queue: {
        send: body => this.#call('queue send', () => world.queues.send(body), away),
        ring: bells =>
          this.#call(
            'queue ring',
            () => {
              for (const { taskId, delaySeconds } of bells) {
                world.queues.send(JSON.stringify({ type: 'task.run', task_id: taskId }), delaySeconds);
              }
            },
            away,
          ),
        ping: pings =>
          this.#call(
            'queue ping',
            () => {
              for (const { jrName, sentAt, delaySeconds } of pings) {
                const body = { type: 'jr.ping', jr_name: jrName, sent_at: sentAt };
                world.queues.send(JSON.stringify(body), delaySeconds);
              }
            },
            away,
          ),
      },
      queueDepth: () => this.#call('queue depth', () => world.queues.depth, away),
      deadLetters: {
        receive: () => this.#call('queue receive', () => world.queues.receive(3), away),
        remove: handles => this.#call('queue remove', () => world.queues.remove(handles), away),
      },
      scheduler: {
        ringAt: (taskId, at) =>
          this.#call('scheduler ringAt', () => void world.scheduled.set(taskId, at.getTime()), lost),
        remove: taskId => this.#call('scheduler remove', () => void world.scheduled.delete(taskId), lost),
      },
      wakeUps: {
        // Never comes: the sweeps of the world have to find what it would have done.
        set: () => this.#call('wake-up set', () => undefined, lost),
        remove: () => this.#call('wake-up remove', () => undefined, lost),
      },
      metrics: { publish: () => undefined },
      notifier: {
        publish: announcement =>
          this.#call('notifier publish', () => void world.notices.push(announcement), lost),
      },
      get rules() {
        return world.rules;
      },
      liveness: sweeps.liveness,
      retention: sweeps.retention,
      serviceLevels: sweeps.service_levels,
      random: () => 0,
      pause: milliseconds => world.freeze(milliseconds),
      clock: { now: () => new Date(world.now) },
      log: { info: world.note, warn: world.note, error: world.note },
      tracer: untraced,
      decode: decodeMessage,
      sha256: bytes => createHash('sha256').update(bytes).digest('hex'),
      pathPrefixes: ['/ganuda'],
      guards: defaultGuards,
    };
  }
}
