/** What a dead process does: nothing. Thrown out of every call that it would still have made. */
class Crash extends Error {
  override readonly name = 'Crash';
}

/** A process that works on one invocation at a time, as a Lambda environment does. */
export interface Victim {
  readonly name: string;
  readonly points: CrashPoints;
  dead: boolean;
}

/**
 * `crash`: the process ends there. `error`: the call fails, and the process lives and has to cope. Either before the
 * call has done anything, in the middle of it (a file half written), or when it was done and only the answer is lost.
 */
export interface Fault {
  readonly kind: 'crash' | 'error';
  readonly when: 'before' | 'during' | 'after';
}

/** A call to something outside the process. */
export interface Call<T> {
  /** Says what it is, the same in every run. */
  readonly name: string;
  readonly work: () => Promise<T>;
  /** Does half of it, where a call can be half done. */
  readonly half?: () => Promise<unknown>;
  /** Makes the failure that a living process sees. */
  readonly failure: () => Promise<Error> | Error;
}

/** What is to happen in a run, besides what the code does. */
export interface Happenings {
  readonly faults?: ReadonlyMap<number, Fault>;
  /** Waited for after every call: lets a test decide whose turn it is. */
  readonly turn?: (victim: Victim, name: string) => Promise<void>;
  /** Whether the outside refuses this call, which belongs to the scenario and happens in every run. */
  readonly refuses?: (name: string) => boolean;
  /** Whether this call ends its process, in every run. */
  readonly kills?: (name: string) => boolean;
}

/** Every call of the processes of one world, counted in order, and the one at which something is to happen. */
export class CrashPoints {
  /** The names of the calls so far. */
  readonly seen: string[] = [];
  /** Which of them can be half done. */
  readonly divisible = new Set<number>();
  /** Calls by their number (from 0) at which a fault strikes, each once. */
  readonly #faults: ReadonlyMap<number, Fault>;
  readonly #turn: NonNullable<Happenings['turn']>;
  readonly #refuses: NonNullable<Happenings['refuses']>;
  readonly #kills: NonNullable<Happenings['kills']>;

  constructor(happenings: Happenings = {}) {
    const { faults = new Map(), turn = async () => undefined } = happenings;
    const { refuses = () => false, kills = () => false } = happenings;
    this.#kills = kills;
    this.#faults = faults;
    this.#turn = turn;
    this.#refuses = refuses;
  }

  /** Makes a call of a process, or whatever is to happen instead. @throws {Crash} now and ever after a crash */
  async pass<T>(victim: Victim, call: Call<T>): Promise<T> {
    mustLive(victim);
    const number = this.seen.push(call.name) - 1;
    if (call.half !== undefined) this.divisible.add(number);
    const fault = this.#faults.get(number);
    if (fault?.when === 'before') return await strike(victim, fault, call);
    if (fault?.when === 'during') {
      await call.half?.();
      return await strike(victim, fault, call);
    }
    if (this.#kills(call.name)) return await strike(victim, { kind: 'crash', when: 'before' }, call);
    const refused = this.#refuses(call.name);
    // What answers with an error was called all the same: a process may die of it, and others come before it goes on.
    const [answer] = refused ? [] : await Promise.allSettled([call.work()]);
    mustLive(victim);
    await this.#turn(victim, call.name);
    mustLive(victim);
    if (fault !== undefined) return await strike(victim, fault, call);
    if (answer === undefined) throw await call.failure();
    if (answer.status === 'rejected') throw answer.reason;
    return answer.value;
  }
}

/** What does nothing to the world is no point of its own: a crash there is one at the next call that does. */
export function mustLive(victim: Victim): void {
  if (victim.dead) throw new Crash('A dead process does nothing more.');
}

async function strike(victim: Victim, fault: Fault, call: Call<unknown>): Promise<never> {
  if (fault.kind === 'error') throw await call.failure();
  victim.dead = true;
  throw new Crash(`The process died ${fault.when} ${call.name}.`);
}
