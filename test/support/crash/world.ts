import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sweep as assign } from '../../../functions/auto-assign/run.ts';
import { sweep } from '../../../functions/dlq-retry/run.ts';
import { takeDeadLetters } from '../../../functions/dlq-retry/take-dead-letters.ts';
import { run } from '../../../functions/execute-task/run.ts';
import {
  type SweepSummary as HealthSummary,
  sweep as healthSweep,
} from '../../../functions/health-sweep/run.ts';
import ladder from '../../../infra/ladder.json' with { type: 'json' };
import type { Announcement } from '../../../shared/domain/announcement.ts';
import type { LadderRules, Level } from '../../../shared/domain/ladder.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { keepHistory } from './history.ts';
import { hookCalls } from './hooks.ts';
import { Lambda, type Surroundings } from './lambda.ts';
import { CrashPoints, type Happenings } from './points.ts';
import { Queues } from './queues.ts';

const start = Date.parse('2026-03-01T12:00:00Z');
/** As long as a function may take, where nothing else is said. */
const usualTimeoutMs = 60_000;
export const minute = 60_000;

/** What a run begins with. */
export interface Beginning extends Happenings {
  readonly rules?: LadderRules;
  readonly files?: ReadonlyMap<string, string>;
  /** Whether nobody is there to answer a message. */
  readonly loses?: (body: string) => boolean;
  /** How long execute-task may take. */
  readonly timeoutMs?: number;
}

/**
 * The whole system in one process: PostgreSQL, a folder, the queues and the clock of the ladder, both functions in
 * environments that can die. Time stands still but for {@link advance}. One world is used for one run after another.
 */
export class World implements Surroundings {
  readonly database: TestDatabase;
  readonly root: string;
  points = new CrashPoints();
  rules: LadderRules = ladder.rules;
  now = start;
  queues = new Queues(() => this.now);
  /** One-time schedules by task. */
  readonly scheduled = new Map<number, number>();
  readonly notices: Announcement[] = [];
  readonly log: string[] = [];
  /** Who crashed, and when by the clock of this world. */
  readonly deaths: { readonly at: number; readonly name: string }[] = [];
  readonly start = start;
  #lastSweep = start;
  #timeoutMs = usualTimeoutMs;
  #environments = new Map<string, Lambda>();
  readonly #folder: string;

  private constructor(database: TestDatabase, folder: string) {
    this.database = database;
    this.#folder = folder;
    this.root = join(folder, 'workspace');
  }

  get crashes(): number {
    return this.deaths.length;
  }

  static async create(): Promise<World> {
    await hookCalls();
    const database = await createDatabase({ plansOnce: true });
    await keepHistory(database.owner);
    return new World(database, await mkdtemp(join(tmpdir(), 'jr-crash-')));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#environments.values()].map(lambda => lambda.end()));
    await this.database.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Everything as on the first day, but for the environments: those that live are used again. */
  async begin(beginning: Beginning = {}): Promise<void> {
    const {
      rules = ladder.rules,
      files = new Map(),
      timeoutMs = usualTimeoutMs,
      loses,
      ...happenings
    } = beginning;
    this.now = start;
    this.#lastSweep = start;
    this.queues = new Queues(() => this.now, loses);
    this.scheduled.clear();
    this.notices.length = 0;
    this.log.length = 0;
    this.deaths.length = 0;
    this.rules = rules;
    this.#timeoutMs = timeoutMs;
    this.points = new CrashPoints(happenings);
    await this.database.pool.query(
      `with tasks as (delete from jr_work_queue), rejected as (delete from jr_rejected_submissions),
         switches as (update jr_control set value = 'false' where name = 'claims_paused')
       delete from task_history`,
    );
    await this.database.owner.query('alter table jr_work_queue alter id restart');
    await rm(this.root, { recursive: true, force: true });
    await mkdir(this.root);
    for (const [path, text] of files) {
      await mkdir(dirname(join(this.root, path)), { recursive: true });
      await writeFile(join(this.root, path), text);
    }
  }

  readonly note = (event: string, fields: Record<string, unknown> = {}) =>
    void this.log.push(`${(this.now - start) / 1000} s ${event} ${JSON.stringify(fields)}`);

  /** Every file of the workspace, those that should not be there included. */
  async files(): Promise<Map<string, string>> {
    const files = new Map<string, string>();
    for (const entry of await readdir(this.root, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name).slice(this.root.length + 1);
      if (!entry.isFile()) continue;
      files.set(path, await readFile(join(this.root, path), 'utf8'));
    }
    return files;
  }

  /** Runs everything that is visible or due at this moment. */
  async step(): Promise<void> {
    await this.deliverNext();
    if (this.now - this.#lastSweep >= minute) await this.sweep();
  }

  /** Hands one batch of each queue and the schedules that are due to their functions; false when there was none. */
  async deliverNext(): Promise<boolean> {
    const due = this.#ringScheduled();
    const delivered = [await this.deliver(0), await this.deliver(1), await this.deliver(2)];
    return due || delivered.includes(true);
  }

  /** Hands over everything that is visible or due, the task queue to so many environments at once. */
  async deliverAll(environments: number): Promise<void> {
    const names = Array.from({ length: environments }, (_, n) => `execute-task ${n}`);
    do await Promise.all(names.map(name => this.#deliverTasks(name)));
    while (await this.deliverNext());
  }

  async #deliverTasks(environment: string): Promise<void> {
    while (await this.deliver(0, environment));
  }

  /** Hands what is visible on a queue to its function, as an event source mapping does. Answers whether something was. */
  async deliver(
    level: 0 | 1 | 2,
    environment = level === 0 ? 'execute-task' : 'dlq-retry',
  ): Promise<boolean> {
    const messages = this.queues.receive(level);
    if (messages.length === 0) return false;
    const began = this.now;
    const returned = await this.invoke<readonly string[]>(environment, async ({ deps }) => {
      if (level === 0) {
        const remainingMs = () => began + this.#timeoutMs - this.now;
        return (await run({ messages, requestId: 'crash-test', remainingMs }, deps)).returned;
      }
      const levelOf: Record<1 | 2, Level> = { 1: 1, 2: 2 };
      await takeDeadLetters(messages, levelOf[level], deps);
      return [];
    });
    // Who answers after the timeout of the function is not heard any more.
    if (returned === null || this.now - began > this.#timeoutMs) return true;
    const done = messages.filter(({ messageId }) => !returned.includes(messageId));
    this.queues.remove(done.map(({ receiptHandle }) => receiptHandle));
    return true;
  }

  #ringScheduled(): boolean {
    const due = [...this.scheduled].filter(([, at]) => at <= this.now);
    for (const [taskId] of due) {
      this.scheduled.delete(taskId);
      this.queues.send(JSON.stringify({ type: 'task.run', task_id: taskId }));
    }
    return due.length > 0;
  }

  /** The minute sweep. */
  async sweep(environment = 'dlq-retry'): Promise<void> {
    this.#lastSweep = this.now;
    await this.invoke(environment, ({ deps }) => sweep(() => usualTimeoutMs, deps));
  }

  /** The minute sweep of the backlog. */
  async assign(environment = 'auto-assign'): Promise<void> {
    await this.invoke(environment, ({ deps }) => assign(() => usualTimeoutMs, deps));
  }

  /** The five-minute sweep; answers what it did, or null when its process died. */
  async health(environment = 'health-sweep'): Promise<HealthSummary | null> {
    return await this.invoke(environment, ({ deps }) => healthSweep(() => usualTimeoutMs, deps));
  }

  /** Runs an invocation in an environment of that name; null when it crashed or threw. */
  async invoke<T>(name: string, work: (lambda: Lambda) => Promise<T>): Promise<T | null> {
    const lambda = this.#environments.get(name) ?? new Lambda(this, name);
    this.#environments.set(name, lambda);
    const answer = await lambda.run(() => work(lambda));
    if (answer === 'crashed') {
      this.note('crashed', { name, at: this.points.seen.at(-1) });
      this.deaths.push({ at: this.now, name });
      this.#environments.delete(name);
      await lambda.end();
      return null;
    }
    if (answer === 'threw') this.note('threw', { name });
    return answer === 'threw' ? null : answer;
  }

  /** The clock goes on while processes are frozen. */
  async freeze(milliseconds: number): Promise<void> {
    this.now += milliseconds;
    // What idle_in_transaction_session_timeout does to them meanwhile.
    if (milliseconds > 30_000)
      for (const lambda of this.#environments.values()) await lambda.loseTransactions();
  }

  /** The next moment at which something can happen. The minute sweep comes when nothing else does. */
  async nextMoment(): Promise<number> {
    // Sweeps that would find nothing are left out, so that a wait of half an hour is not thirty of them.
    const { rows } = await this.database.pool.query<{ at: number }>({
      name: 'next-moment',
      text: `select extract(epoch from next_retry_timestamp) * 1000 + ${minute + 1_000} as at from jr_failed_tasks_dlq
         where resolution_status = 'retrying'
       union all select extract(epoch from last_retry_timestamp) * 1000 + ${5 * minute + 1_000} from jr_failed_tasks_dlq
         where resolution_status = 'retrying' and last_retry_timestamp is not null`,
    });
    const moments = [
      this.queues.nextVisible,
      ...this.scheduled.values(),
      ...rows.map(({ at }) => Number(at)),
    ];
    const later = moments.filter(at => at !== undefined).filter(at => at > this.now);
    return later.length === 0 ? this.now + minute : Math.min(...later);
  }

  /** Whether nothing will happen any more without a person. */
  async isQuiet(): Promise<boolean> {
    if (this.queues.messages.length > 0 || this.scheduled.size > 0) return false;
    const { rows } = await this.database.pool.query<{ quiet: boolean }>({
      name: 'quiet',
      text: `select not exists (select 1 from jr_work_queue where status in ('pending', 'assigned', 'in_progress'))
         and not exists (select 1 from jr_failed_tasks_dlq
           where resolution_status = 'retrying' or (resolution_status = 'unresolved' and notified_at is null))
         and not exists (select 1 from jr_task_checkpoints) as quiet`,
    });
    return rows[0]?.quiet === true;
  }

  /**
   * Advances the clock and runs everything until nothing is left to do.
   *
   * @param afterEach called after each step, with the world at rest
   * @throws when there is no end: something waits that nothing will ever find
   */
  async untilQuiet(afterEach: () => Promise<void> = async () => undefined): Promise<void> {
    for (let steps = 0; steps < 60; steps++) {
      await this.step();
      await afterEach();
      if (await this.isQuiet()) return;
      this.now = await this.nextMoment();
    }
    throw new Error(`Does not come to rest:\n${this.log.slice(-15).join('\n')}`);
  }
}
