import { setTimeout as sleep } from 'node:timers/promises';
import type { DrainRunView } from '../shared/ports/drain-view.ts';
import { askDrain, type DrainAnswer } from './ask-drain.ts';
import { batchLine, progressLine } from './drain-text.ts';
import { complain } from './print.ts';
import type { Target } from './target.ts';

const pollMs = 500;

/** How a run is followed. */
export interface Following {
  readonly target: Target;
  /** The run, where it is known already. */
  readonly runId: number | null;
  /** The invocation that drives it, for as long as that lasts. */
  readonly driving: Promise<DrainAnswer> | null;
  /** Who asks for a stop when Ctrl-C is pressed. */
  readonly operator: string;
  readonly quiet: boolean;
}

/**
 * Shows a run until it ends or stops, and answers it; null when there is none. On a terminal one line is drawn again and
 * again, elsewhere each batch is a line. Ctrl-C asks it to stop after its batch; a second one ends the following alone.
 */
export async function followDrain(following: Following): Promise<DrainAnswer> {
  const { target, driving, quiet } = following;
  const screen = quiet ? null : new Screen();
  const driven: { answer: DrainAnswer | null } = { answer: null };
  const ended = driving?.then(answer => {
    driven.answer = answer;
  });
  let { runId } = following;
  const stopping = onInterrupt(() => requestStop(target, runId, following.operator));
  try {
    for (;;) {
      await (ended === undefined || driven.answer !== null
        ? sleep(pollMs)
        : Promise.race([ended, sleep(pollMs)]));
      const last = driven.answer;
      // What was refused never became a run.
      if (last !== null && last.run == null) return last;
      const answer =
        last !== null && last.run?.status !== 'running'
          ? last
          : await askDrain(target, {
              action: 'status',
              ...(runId === null ? {} : { run_id: runId }),
            });
      const run = answer.run ?? null;
      if (run === null) {
        if (driving === null || !answer.ok) return answer;
        continue;
      }
      // Before ours has begun, the latest run is an older one.
      if (runId === null && run.status !== 'running' && last === null) continue;
      runId = run.id;
      screen?.show(run);
      if (run.status !== 'running') return { ...answer, ok: run.status === 'completed' };
    }
  } finally {
    stopping.end();
    screen?.end();
  }
}

class Screen {
  #told = 0;
  readonly #terminal = process.stdout.isTTY;

  show(run: DrainRunView): void {
    const ended = run.batches.filter(({ settled_at }) => settled_at !== null);
    for (const batch of ended.slice(this.#told)) this.#line(batchLine(run, batch));
    this.#told = Math.max(this.#told, ended.length);
    if (this.#terminal)
      process.stdout.write(`\r\u001b[K${progressLine(run, new Date(), process.stdout.columns || undefined)}`);
  }

  end(): void {
    if (this.#terminal) process.stdout.write('\r\u001b[K');
  }

  #line(text: string): void {
    process.stdout.write(this.#terminal ? `\r\u001b[K${text}\n` : `${text}\n`);
  }
}

function onInterrupt(ask: () => Promise<void>): { end(): void } {
  const asked = () => {
    process.stderr.write(
      'jr: It stops after its batch. Ctrl-C once more leaves it alone and ends only this.\n',
    );
    void ask().catch(error => complain(`jr: The stop could not be asked for: ${error}\n`));
  };
  process.once('SIGINT', asked);
  return { end: () => void process.off('SIGINT', asked) };
}

async function requestStop(target: Target, runId: number | null, operator: string): Promise<void> {
  const payload = {
    action: 'stop',
    operator,
    reason: 'Ctrl-C',
    ...(runId === null ? {} : { run_id: runId }),
  };
  await askDrain(target, payload);
}
