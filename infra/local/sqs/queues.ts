import type { FunctionSpecs, Ladder } from '../manifest.ts';

/** Everything local lives in this region and account. */
export const REGION = 'us-east-1';
export const ACCOUNT = '000000000000';

export interface QueueSpec {
  readonly name: string;
  readonly visibilityTimeoutSeconds: number;
  readonly retentionDays: number;
  /** Where a message goes that was received this often and not deleted; null: nowhere. */
  readonly redrive: { readonly queue: string; readonly maxReceiveCount: number } | null;
}

/** AWS' advice for event sources: six times the timeout of the function that reads the queue. */
const VISIBILITY_FACTOR = 6;
const UNREAD_VISIBILITY_SECONDS = 30;

/**
 * The queues of the ladder: each hands on to that of the next level what was received too often.
 * @param visibilityTimeoutSeconds overrides what the functions' timeouts give, for tests
 */
export function queuesOf(
  ladder: Ladder,
  functions: FunctionSpecs,
  visibilityTimeoutSeconds?: number,
): QueueSpec[] {
  return ladder.levels.map((level, index) => {
    const readers = Object.values(functions).filter(spec =>
      spec.sqs?.some(({ queue }) => queue === level.queue),
    );
    const longest = Math.max(0, ...readers.map(spec => spec.timeout_seconds));
    const next = ladder.levels[index + 1];
    return {
      name: level.queue,
      visibilityTimeoutSeconds:
        visibilityTimeoutSeconds ?? (longest > 0 ? longest * VISIBILITY_FACTOR : UNREAD_VISIBILITY_SECONDS),
      retentionDays: level.retention_days,
      redrive:
        level.max_receive_count === null || next === undefined
          ? null
          : { queue: next.queue, maxReceiveCount: level.max_receive_count },
    };
  });
}

export function queueArn(name: string): string {
  return `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
}

/** The queue's attributes as SQS spells them. */
export function queueAttributes(queue: QueueSpec): Record<string, string> {
  return {
    VisibilityTimeout: String(queue.visibilityTimeoutSeconds),
    MessageRetentionPeriod: String(queue.retentionDays * 24 * 60 * 60),
    RedrivePolicy:
      queue.redrive === null
        ? '' // clears what an earlier start may have set
        : JSON.stringify({
            deadLetterTargetArn: queueArn(queue.redrive.queue),
            maxReceiveCount: queue.redrive.maxReceiveCount,
          }),
  };
}
