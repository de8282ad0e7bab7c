import type { Announcement } from './announcement.ts';
import type { ErrorClass } from './failure.ts';

/** What a person is told who is asked about a task. Plain data, safe to send: redacted when it was recorded. */
export interface Notice {
  readonly entryId: number;
  readonly taskId: number;
  readonly title: string;
  /** Who is asked. */
  readonly target: 'TPM' | 'Council';
  readonly level: number;
  readonly errorCode: string | null;
  /** Of everything that is wrong together: an approval helps where it is `approval`. */
  readonly errorClass: ErrorClass | null;
  readonly reason: string;
  readonly assignedJr: string | null;
  readonly attempts: number;
  /** The steps of the last plan, in order. */
  readonly steps: readonly { readonly step: string; readonly result: string }[];
  readonly raisedAt: string;
}

/** The notice as it goes out: what happened, to what, and what to do next. Once for each level of an entry. */
export function announceNotice(notice: Notice): Announcement {
  const { entryId, taskId, title, target, errorCode, errorClass, reason } = notice;
  const goesOn = errorClass === 'approval' ? 'approve' : 'retry';
  const todo = [
    `Look:    jr dlq show ${entryId}`,
    ...(target === 'Council'
      ? [
          `Vote:    jr dlq vote ${entryId} ${goesOn} --reason "why"   or   jr dlq vote ${entryId} abandon --reason "why"`,
        ]
      : [
          `Retry:   jr dlq replay ${entryId}`,
          ...(errorClass === 'approval' ? [`Approve: jr approve ${taskId} --reason "why"`] : []),
          `Close:   jr dlq resolve ${entryId} --notes "why"   or   jr dlq abandon ${entryId} --notes "why"`,
        ]),
  ];
  return {
    id: `entry-${entryId}-level-${notice.level}`,
    target,
    subject: `[jr-executor] ${target}: task ${taskId} ${errorCode ?? 'failed'}`,
    text: [
      `${title} (task ${taskId}, ${notice.assignedJr ?? 'no Jr'}) waits for you since ${notice.raisedAt}.`,
      '',
      `${errorCode ?? 'Failed'}: ${reason}`,
      `Attempts so far: ${notice.attempts}.`,
      ...notice.steps.map(({ step, result }) => `  ${step}: ${result}`),
      '',
      ...todo,
    ].join('\n'),
  };
}
