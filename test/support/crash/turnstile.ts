import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Victim } from './points.ts';

interface Actor {
  readonly name: string;
  state: 'running' | 'parked' | 'done';
  /** Lets it go on from where it is parked. */
  resume: () => void;
}

/**
 * Lets one of several processes take one step at a time, so that a list of choices decides how they interleave. A step
 * ends when a call to the outside is done. A process that waits for a lock in PostgreSQL is left waiting.
 */
export class Turnstile {
  readonly #actors = new Map<string, Actor>();
  readonly #pool: pg.Pool;
  #failure: unknown;
  #changed: () => void = () => undefined;

  /** @param pool a connection of the test's own, to see who waits for a lock */
  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Starts a process under a name of its own and lets it take its first step. */
  async start(name: string, work: () => Promise<unknown>): Promise<void> {
    const actor: Actor = { name, state: 'running', resume: () => undefined };
    this.#actors.set(name, actor);
    work()
      .catch(error => {
        this.#failure ??= error;
      })
      .finally(() => {
        actor.state = 'done';
        this.#actors.delete(name);
        this.#changed();
      });
    await this.#settle();
  }

  /** For {@link Happenings.turn}: parks the process after a call, until it is chosen. */
  readonly turn = async ({ name }: Victim): Promise<void> => {
    const actor = this.#actors.get(name);
    if (actor === undefined) return;
    await new Promise<void>(resume => {
      actor.state = 'parked';
      actor.resume = resume;
      this.#changed();
    });
  };

  /** Those that can take a step, in the order in which they were started. */
  get parked(): string[] {
    return [...this.#actors.values()].filter(({ state }) => state === 'parked').map(({ name }) => name);
  }

  get isIdle(): boolean {
    return this.#actors.size === 0;
  }

  /** Lets a parked process take one step. */
  async step(name: string): Promise<void> {
    const actor = this.#actors.get(name);
    if (actor?.state === 'parked') {
      actor.state = 'running';
      actor.resume();
    }
    await this.#settle();
  }

  /** Waits until nobody moves: each is parked, done, or waits for a lock that a parked one holds. */
  async #settle(): Promise<void> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const running = [...this.#actors.values()].filter(({ state }) => state === 'running');
      if (running.length === 0) return;
      const change = new Promise<'changed'>(resolve => {
        this.#changed = () => resolve('changed');
      });
      if ((await Promise.race([change, sleep(15, 'quiet')])) === 'changed') continue;
      if (this.parked.length > 0 && (await this.#waitForLocks()) >= running.length) return;
    }
  }

  async #waitForLocks(): Promise<number> {
    const { rows } = await this.#pool.query<{ n: number }>(
      `select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return Number(rows[0]?.n ?? 0);
  }
}
