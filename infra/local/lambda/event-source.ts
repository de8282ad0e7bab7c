import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { sentence } from '../errors.ts';
import type { FunctionPool } from './function-pool.ts';
import { batches, failedMessages, sqsEvent } from './sqs-event.ts';

export interface EventSourceSpec {
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly batchSize: number;
  /** Batches at work at a time. */
  readonly maximumConcurrency: number;
}

const LONG_POLL_SECONDS = 20;
const RETRY_MS = 500;

/**
 * An SQS event source mapping with ReportBatchItemFailures: polls, hands batches to the function, deletes what it
 * did not report as failed. Everything else stays on the queue, comes back after the visibility timeout, and climbs
 * to the next queue by its receive count: that is the queue's own doing.
 */
export class EventSource {
  readonly #pool: FunctionPool;
  readonly #sqs: SQSClient;
  readonly #spec: EventSourceSpec;
  readonly #running = new Set<Promise<void>>();
  readonly #stopped = new AbortController();
  readonly #loop: Promise<void>;
  #polling = false;

  constructor(pool: FunctionPool, sqs: SQSClient, spec: EventSourceSpec) {
    this.#pool = pool;
    this.#sqs = sqs;
    this.#spec = spec;
    this.#loop = this.#poll();
  }

  /**
   * Stops polling. What is at work goes on (the pool ends it), what was received too late is given back.
   * @param release makes the queue answer a long poll that is out; it is not cut off, because messages that the
   *   queue hands to a connection that is gone stay invisible until their timeout
   */
  async stopPolling(release: () => void): Promise<void> {
    this.#stopped.abort();
    while (this.#polling) {
      release();
      await sleep(10);
    }
    await this.#loop;
  }

  /** Resolves when no batch is at work any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopped;
    const aborted = new Promise<void>(resolve =>
      signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    const wait = (milliseconds: number) => sleep(milliseconds, undefined, { signal }).catch(() => undefined); // woken to stop
    while (!signal.aborted) {
      if (this.#running.size >= this.#spec.maximumConcurrency) {
        await Promise.race([...this.#running, aborted]);
        continue;
      }
      if (this.#pool.pause > 0) {
        await wait(this.#pool.pause);
        continue;
      }
      const messages = await this.#receive();
      if (messages === null) await wait(RETRY_MS);
      else if (signal.aborted) await this.#giveBack(messages);
      else if (messages.length > 0) this.#begin(messages);
    }
  }

  async #receive(): Promise<Message[] | null> {
    this.#polling = true;
    try {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: this.#spec.queueUrl,
          MaxNumberOfMessages: this.#spec.batchSize,
          WaitTimeSeconds: LONG_POLL_SECONDS,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: ['All'],
        }),
      );
      return Messages;
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#complain('could not be polled', error);
      return null;
    } finally {
      this.#polling = false;
    }
  }

  #begin(messages: readonly Message[]): void {
    const work = this.#work(messages)
      .catch(error => this.#complain('kept messages that were done', error))
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #work(messages: readonly Message[]): Promise<void> {
    for (const batch of batches(messages, this.#spec.queueArn)) {
      const outcome = await this.#pool.invoke(sqsEvent(batch, this.#spec.queueArn));
      if (outcome.functionError !== null) continue;
      const failed = failedMessages(
        outcome.payload,
        batch.map(message => message.MessageId ?? ''),
      );
      await this.#delete(batch.filter(message => !failed.has(message.MessageId ?? '')));
    }
  }

  async #delete(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    await this.#sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: this.#spec.queueUrl, Entries: entries(messages) }),
    );
  }

  async #giveBack(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return;
    const Entries = entries(messages).map(entry => ({ ...entry, VisibilityTimeout: 0 }));
    await this.#sqs
      .send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.#spec.queueUrl, Entries }))
      .catch(error => this.#complain('could not be given messages back', error)); // they come back by themselves
  }

  #complain(what: string, error: unknown): void {
    this.#pool.spec.log.write(`The queue ${this.#spec.queueArn} ${what}: ${sentence(error)}`);
  }
}

function entries(messages: readonly Message[]) {
  return messages.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle }));
}
