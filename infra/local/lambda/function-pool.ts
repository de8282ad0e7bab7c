import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Environment, type EnvironmentSpec } from './environment.ts';
import type { Outcome } from './outcome.ts';

/** Environments of one function at a time; further invocations wait for one of them. */
const MAX_ENVIRONMENTS = 10;
const LONGEST_PAUSE_MS = 10_000;

/**
 * The wait before an environment is worth starting again, in milliseconds: none after a first death, then doubling
 * from 0.2 to 10 s, so that a bundle that cannot even be loaded does not keep the machine busy.
 */
export function pauseAfter(deaths: number): number {
  return deaths < 2 ? 0 : Math.min(LONGEST_PAUSE_MS, 100 * 2 ** (deaths - 1));
}

/** The execution environments of one function: warm ones are used again, dead ones replaced. */
export class FunctionPool {
  readonly spec: EnvironmentSpec;
  readonly #runtimeApi: string;
  readonly #environments = new Map<string, Environment>();
  readonly #waiting: ((environment: Environment) => void)[] = [];
  #deathsInARow = 0;
  #lastDeath = 0;

  constructor(spec: EnvironmentSpec, runtimeApi: string) {
    this.spec = spec;
    this.#runtimeApi = runtimeApi;
  }

  /** The environment that makes this call to the Runtime API. */
  environment(id: string | undefined): Environment | undefined {
    return id === undefined ? undefined : this.#environments.get(id);
  }

  /** Milliseconds until an event source should try again. */
  get pause(): number {
    return Math.max(0, this.#lastDeath + pauseAfter(this.#deathsInARow) - Date.now());
  }

  /** Starts one environment ahead of its first event, so that this finds the code loaded. */
  warm(): void {
    if (this.#environments.size === 0) this.#start();
  }

  /**
   * Runs the function on one event (JSON) and says what became of it; never rejects.
   * A timed-out or crashed environment is gone before this resolves.
   */
  async invoke(event: string, requestId: string = randomUUID()): Promise<Outcome> {
    const environment = await this.#acquire();
    const outcome = await environment.run(requestId, event);
    if (!environment.alive) await environment.ended;
    else if (outcome.functionError === null) this.#deathsInARow = 0;
    this.#serveWaiting();
    return outcome;
  }

  /** Lets running invocations finish for so long, then ends every environment. */
  async stop(graceMilliseconds: number): Promise<void> {
    const deadline = Date.now() + graceMilliseconds;
    const all = [...this.#environments.values()];
    while (all.some(environment => environment.busy) && Date.now() < deadline) await sleep(20);
    await Promise.all(all.map(environment => environment.stop()));
  }

  #acquire(): Promise<Environment> | Environment {
    const idle = this.#idle();
    if (idle !== undefined) return idle;
    if (this.#environments.size < MAX_ENVIRONMENTS) return this.#start();
    return new Promise(resolve => this.#waiting.push(resolve));
  }

  #idle(): Environment | undefined {
    return [...this.#environments.values()].find(environment => environment.alive && !environment.busy);
  }

  #serveWaiting(): void {
    if (this.#waiting.length === 0) return;
    const environment =
      this.#idle() ?? (this.#environments.size < MAX_ENVIRONMENTS ? this.#start() : undefined);
    if (environment !== undefined) this.#waiting.shift()?.(environment);
  }

  #start(): Environment {
    const environment = new Environment(this.spec, this.#runtimeApi);
    this.#environments.set(environment.id, environment);
    void environment.ended.then(() => {
      this.#environments.delete(environment.id);
      this.#deathsInARow += 1;
      this.#lastDeath = Date.now();
      this.#serveWaiting();
    });
    return environment;
  }
}
