import { serveHttp } from '../http.ts';
import { answerScheduler } from './api.ts';
import type { Deliver } from './deliver.ts';
import { ScheduleEngine } from './engine.ts';
import { ScheduleStore } from './store.ts';

export interface SchedulerOptions {
  /** 0: a free one. */
  readonly port: number;
  /** SQLite file of the schedules. */
  readonly file: string;
  readonly deliver: Deliver;
  /** Epoch milliseconds; a test gives its own clock and ticks by hand. */
  readonly now?: () => number;
}

export interface SchedulerServer {
  readonly port: number;
  readonly endpoint: string;
  /** Fires and delivers what is due, now or at a given time; resolves when the targets have answered. */
  tick(now?: number): Promise<void>;
  /** Ticks by itself from now on, when something is due. What was due while nobody ticked fires at once. */
  run(): void;
  stop(): Promise<void>;
}

/** A timer cannot wait longer than 24.8 days; and a clock that is set is noticed within this time. */
const LONGEST_SLEEP_MS = 15_000;

/** Starts an EventBridge Scheduler endpoint on loopback. */
export async function startScheduler(options: SchedulerOptions): Promise<SchedulerServer> {
  const now = options.now ?? Date.now;
  const store = new ScheduleStore(options.file);
  const engine = new ScheduleEngine(store, options.deliver);
  let timer: NodeJS.Timeout | undefined;
  let running = false;

  const arm = () => {
    if (!running) return;
    clearTimeout(timer);
    const wait = Math.max(0, (store.nextAt() ?? Number.POSITIVE_INFINITY) - now());
    timer = setTimeout(
      () => {
        // What failed is reported by the engine, and is due again.
        engine.tick(now()).then(arm, arm);
      },
      Math.min(wait, LONGEST_SLEEP_MS),
    );
  };

  const server = await serveHttp({
    port: options.port,
    name: 'the Scheduler',
    setting: 'JR_SCHEDULER_PORT',
    handle: request => {
      const response = answerScheduler({ store, engine, now }, request);
      arm();
      return response;
    },
  }).catch(error => {
    store.close();
    throw error;
  });

  return {
    port: server.port,
    endpoint: server.endpoint,
    tick: at => engine.tick(at ?? now()),
    run: () => {
      running = true;
      arm();
    },
    stop: async () => {
      running = false;
      clearTimeout(timer);
      await server.stop();
      await engine.idle();
      store.close();
    },
  };
}
