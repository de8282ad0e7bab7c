import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { commandOf } from '../process-command.ts';

/**
 * The processes of the execution environments, one empty file each, so that the next start can end those that a
 * kill -9 of the host left behind. They leave by themselves when the host is gone, unless their handler never
 * yields: that one would keep a core busy for ever.
 */
export class Leftovers {
  readonly #folder: string;
  readonly #bootstrap: string;

  /** @param bootstrap path that stands in the command line of every environment of this host, and of no other */
  constructor(folder: string, bootstrap: string) {
    this.#folder = folder;
    this.#bootstrap = bootstrap;
    mkdirSync(folder, { recursive: true });
  }

  add(pid: number): void {
    writeFileSync(join(this.#folder, String(pid)), '');
  }

  remove(pid: number): void {
    rmSync(join(this.#folder, String(pid)), { force: true });
  }

  /** Ends what an earlier host left running. */
  async end(): Promise<void> {
    for (const name of await readdir(this.#folder)) {
      const pid = Number(name);
      if ((await commandOf(pid)).includes(this.#bootstrap)) process.kill(pid, 'SIGKILL');
      this.remove(pid);
    }
  }
}
