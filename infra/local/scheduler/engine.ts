import { randomUUID } from 'node:crypto';
import { sentence } from '../errors.ts';
import { type Deliver, inputOf } from './deliver.ts';
import { nextFireTime } from './expression.ts';
import { type Schedule, scheduleArn, timingOf } from './schedule.ts';
import type { Delivery, ScheduleStore } from './store.ts';

/** AWS' limits for a target that does not accept, where the schedule sets none. */
const DEFAULT_RETRIES = 185;
const DEFAULT_MAX_AGE_SECONDS = 86_400;
const LONGEST_WAIT_MS = 300_000;

/** Waits of 1, 2, 4 ... seconds, at most five minutes. */
function retryWait(attempt: number): number {
  return Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** (attempt - 1));
}

/**
 * Fires what is due. A firing is on disk before it is delivered and leaves it once the target accepted it, so that
 * a kill at any point delivers it twice at worst.
 */
export class ScheduleEngine {
  readonly #store: ScheduleStore;
  readonly #deliver: Deliver;
  #ticking: Promise<void> = Promise.resolve();

  constructor(store: ScheduleStore, deliver: Deliver) {
    this.#store = store;
    this.#deliver = deliver;
  }

  /** Saves a new or changed schedule. An `at` that has passed already fires at the next tick. */
  save(schedule: Schedule): void {
    this.#store.putSchedule(schedule, this.#firstTime(schedule));
  }

  /** Fires and delivers everything that is due at `now` (epoch milliseconds). Ticks follow one another. */
  tick(now: number): Promise<void> {
    const tick = this.#ticking.then(async () => {
      this.#fireDue(now);
      await Promise.all(this.#store.dueDeliveries(now).map(delivery => this.#attempt(delivery, now)));
    });
    this.#ticking = tick.catch(error => console.error(`A tick of the Scheduler failed: ${sentence(error)}`));
    return tick;
  }

  /** Resolves when no tick is at work. */
  async idle(): Promise<void> {
    await this.#ticking;
  }

  #firstTime(schedule: Schedule): number | null {
    if (schedule.State === 'DISABLED') return null;
    const timing = timingOf(schedule);
    const once = schedule.ScheduleExpression.trim().startsWith('at(');
    // The instant at which it was made counts: a rate begins at once.
    return nextFireTime(timing, once ? Number.NEGATIVE_INFINITY : timing.since - 1);
  }

  /** What was missed while nobody ticked fires once, however often it would have been due. */
  #fireDue(now: number): void {
    for (const { schedule, dueAt } of this.#store.dueSchedules(now)) {
      const nextAt = nextFireTime(timingOf(schedule), Math.max(dueAt, now));
      this.#store.atomically(() => {
        this.#store.putDelivery({
          id: randomUUID(),
          schedule,
          scheduledTime: dueAt,
          firedAt: now,
          attempt: 1,
          nextAt: now,
        });
        if (nextAt === null && schedule.ActionAfterCompletion === 'DELETE') {
          this.#store.deleteSchedule(schedule.GroupName, schedule.Name);
        } else {
          this.#store.putSchedule(schedule, nextAt);
        }
      });
    }
  }

  async #attempt(delivery: Delivery, now: number): Promise<void> {
    const { Target } = delivery.schedule;
    try {
      await this.#deliver(Target.Arn, inputOf(delivery), Target.SqsParameters?.MessageGroupId);
      this.#store.deleteDelivery(delivery.id);
    } catch (error) {
      await this.#retryOrGiveUp(delivery, now, sentence(error));
    }
  }

  async #retryOrGiveUp(delivery: Delivery, now: number, reason: string): Promise<void> {
    const { RetryPolicy, DeadLetterConfig } = delivery.schedule.Target;
    const retries = RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_RETRIES;
    const maxAge = (RetryPolicy?.MaximumEventAgeInSeconds ?? DEFAULT_MAX_AGE_SECONDS) * 1_000;
    const nextAt = now + retryWait(delivery.attempt);
    if (delivery.attempt <= retries && nextAt - delivery.firedAt <= maxAge) {
      this.#store.putDelivery({ ...delivery, attempt: delivery.attempt + 1, nextAt });
      return;
    }
    const what = `${scheduleArn(delivery.schedule)} did not reach its target after ${delivery.attempt} attempts`;
    console.error(`${what}: ${reason}`);
    if (DeadLetterConfig?.Arn !== undefined) {
      await this.#deliver(DeadLetterConfig.Arn, inputOf(delivery)).catch(error =>
        console.error(`${what}, nor its dead letter queue: ${sentence(error)}`),
      );
    }
    this.#store.deleteDelivery(delivery.id);
  }
}
