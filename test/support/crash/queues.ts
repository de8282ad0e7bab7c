import { randomUUID } from 'node:crypto';
import ladder from '../../../infra/ladder.json' with { type: 'json' };
import type { QueueMessage } from '../../../shared/domain/message.ts';

export interface Delivery extends QueueMessage {
  readonly receiptHandle: string;
}

interface Held {
  readonly messageId: string;
  readonly body: string;
  level: number;
  visibleAt: number;
  receives: number;
  receiptHandle: string;
}

/** As `infra/local/sqs/queues.ts` and the deployment have it: six times the timeout of the function that reads. */
const hiddenMs = 360_000;
/** Nobody is invoked for the last queue; the sweep says for how long it hides what it receives. */
const hiddenByTheSweepMs = 120_000;

/** The queues of the ladder: visibility timeout, delays, receive counts and redrive, on a clock of the test's own. */
export class Queues {
  readonly #held: Held[] = [];
  readonly #now: () => number;
  readonly #loses: (body: string) => boolean;

  /** @param loses whether a message is lost as it is received, as queues do not: nobody is there to answer it */
  constructor(now: () => number, loses: (body: string) => boolean = () => false) {
    this.#now = now;
    this.#loses = loses;
  }

  /** Puts a message on the task queue and answers its id. `messageId` makes a duplicate of one that was. */
  send(body: string, delaySeconds = 0, messageId: string = randomUUID()): string {
    const visibleAt = this.#now() + Math.min(delaySeconds, 900) * 1000;
    this.#held.push({ messageId, body, level: 0, visibleAt, receives: 0, receiptHandle: '' });
    return messageId;
  }

  /** Up to ten visible messages of a level, hidden from now on; what was received too often goes to the next. */
  receive(level: number): Delivery[] {
    const limit = ladder.levels[level]?.max_receive_count ?? Number.POSITIVE_INFINITY;
    const delivered: Delivery[] = [];
    for (const message of [...this.#held]) {
      if (delivered.length === 10) break;
      if (message.level !== level || message.visibleAt > this.#now()) continue;
      if (this.#loses(message.body)) {
        this.#held.splice(this.#held.indexOf(message), 1);
        continue;
      }
      if (message.receives >= limit) {
        message.level += 1;
        message.receives = 0;
        continue;
      }
      message.receives += 1;
      message.visibleAt = this.#now() + (level === 3 ? hiddenByTheSweepMs : hiddenMs);
      message.receiptHandle = randomUUID();
      const { messageId, body, receiptHandle } = message;
      delivered.push({ messageId, body, receiptHandle });
    }
    return delivered;
  }

  /** Takes messages off by the receipts of their last delivery; older receipts are worth nothing. */
  remove(receiptHandles: readonly string[]): void {
    for (const receiptHandle of receiptHandles) {
      const index = this.#held.findIndex(message => message.receiptHandle === receiptHandle);
      if (index >= 0) this.#held.splice(index, 1);
    }
  }

  /** How many messages of the task queue can be received now and how many are hidden, by their first delivery or before. */
  get depth() {
    const ofTasks = this.#held.filter(({ level }) => level === 0);
    const hidden = ofTasks.filter(({ visibleAt }) => visibleAt > this.#now());
    const delayed = hidden.filter(({ receives }) => receives === 0).length;
    return { visible: ofTasks.length - hidden.length, in_flight: hidden.length - delayed, delayed };
  }

  /** What is there, hidden or not. */
  get messages(): readonly Readonly<Held>[] {
    return this.#held;
  }

  /** When the next message becomes visible; undefined when there is none. */
  get nextVisible(): number | undefined {
    return this.#held.length === 0 ? undefined : Math.min(...this.#held.map(({ visibleAt }) => visibleAt));
  }

  /** When a function is invoked for a message next, and when a sweep finds one on the last queue; infinity for none. */
  get nextDelivery(): number {
    return this.#nextOf(({ level }) => level < 3);
  }

  get nextToFold(): number {
    return this.#nextOf(({ level }) => level === 3);
  }

  #nextOf(which: (message: Held) => boolean): number {
    const times = this.#held.flatMap(message => (which(message) ? [message.visibleAt] : []));
    return Math.min(Number.POSITIVE_INFINITY, ...times);
  }
}
