import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { orIfAbsent, sentence } from '../errors.ts';
import type { Outcome } from './outcome.ts';

const pending = z.object({ functionName: z.string(), event: z.string(), attempt: z.number() });
type Pending = z.infer<typeof pending>;

/** The waits of AWS before the second and the third attempt. */
const DEFAULT_WAITS_MS: readonly number[] = [60_000, 120_000];

/**
 * Asynchronous invocations (`InvocationType: Event`). Accepted is kept: each waits in a file until its function
 * succeeded or its three attempts are used up, and what a kill -9 interrupted goes on at the next start.
 */
export class AsyncEvents {
  readonly #folder: string;
  readonly #invoke: (functionName: string, event: string, requestId: string) => Promise<Outcome>;
  readonly #waits: readonly number[];
  readonly #stopped = new AbortController();
  readonly #running = new Set<string>();

  constructor(
    folder: string,
    invoke: (functionName: string, event: string, requestId: string) => Promise<Outcome>,
    waitsMilliseconds = DEFAULT_WAITS_MS,
  ) {
    this.#folder = folder;
    this.#invoke = invoke;
    this.#waits = waitsMilliseconds;
  }

  /** Takes up what an earlier process accepted and did not finish. */
  async resume(): Promise<void> {
    for (const file of await readdir(this.#folder).catch(orIfAbsent([]))) {
      const requestId = /^(.+)\.json$/.exec(file)?.[1];
      if (requestId === undefined) continue;
      const parsed = pending.safeParse(JSON.parse(await readFile(join(this.#folder, file), 'utf8')));
      if (parsed.success) this.#begin(requestId, parsed.data);
    }
  }

  /** Resolves once the event is on disk; the function runs afterwards. */
  async accept(functionName: string, event: string): Promise<string> {
    const requestId = randomUUID();
    const entry = { functionName, event, attempt: 0 };
    await this.#save(requestId, entry);
    this.#begin(requestId, entry);
    return requestId;
  }

  stop(): void {
    this.#stopped.abort();
  }

  #begin(requestId: string, entry: Pending): void {
    if (this.#running.has(requestId)) return; // accepted by this process, before it looked at the folder
    this.#running.add(requestId);
    this.#run(requestId, entry)
      // Its function is gone, or the disk: the file stays, and the next start tries again.
      .catch(error => console.error(`Event ${requestId} waits: ${sentence(error)}`))
      .finally(() => this.#running.delete(requestId));
  }

  async #run(requestId: string, entry: Pending): Promise<void> {
    const { signal } = this.#stopped;
    for (let attempt = entry.attempt; !signal.aborted; attempt += 1) {
      const { functionError } = await this.#invoke(entry.functionName, entry.event, requestId);
      if (signal.aborted) return; // cut off by the stop: it is not counted
      const wait = this.#waits[attempt];
      if (functionError === null || wait === undefined) return this.#forget(requestId);
      await this.#save(requestId, { ...entry, attempt: attempt + 1 });
      await sleep(wait, undefined, { signal }).catch(() => undefined); // woken to stop
    }
  }

  async #save(requestId: string, entry: Pending): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const path = join(this.#folder, `${requestId}.json`);
    await writeFile(`${path}.draft`, JSON.stringify(entry));
    await rename(`${path}.draft`, path);
  }

  async #forget(requestId: string): Promise<void> {
    await rm(join(this.#folder, `${requestId}.json`), { force: true });
  }
}
