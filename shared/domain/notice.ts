import type { Announcement } from './announcement.ts';
import type { ErrorClass } from './failure.ts';
import { redact } from './redact.ts';

/** What a person is told who is asked about a task. */
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
  /** Of the last plan the first steps, those that failed before the others; as many as {@link mostSteps}. */
  readonly steps: readonly { readonly step: string; readonly result: string }[];
  /** How many steps that plan has. */
  readonly stepCount: number;
  readonly raisedAt: string;
}

/** So many steps are told of. SNS takes 256 KB and refuses what is longer: a person would never be told. */
export const mostSteps = 20;

/** Characters of a reason, and of each other text, that are told. */
const mostOfReason = 4_000;
const mostOfText = 500;

/**
 * The notice as it goes out: what happened, to what, and what to do next. Once for each level of an entry. What came in by
 * SQL may be of any length, and was redacted by nobody yet (invariant 14).
 */
export function announceNotice(notice: Notice): Announcement {
  const { entryId, taskId, target, errorCode, errorClass, steps, stepCount } = notice;
  const mayBeAllowed = errorClass === 'approval';
  const vote = (choice: string) => `npx jr dlq vote ${entryId} ${choice} --reason "why"`;
  const todo = [
    `Look:    npx jr dlq show ${entryId}`,
    ...(target === 'Council'
      ? [`Vote:    ${vote(mayBeAllowed ? 'approve' : 'retry')}   or   ${vote('abandon')}`]
      : [
          // What a guard stopped is stopped again, so a replay of it is no advice.
          mayBeAllowed
            ? `Approve: npx jr approve ${taskId} --reason "why"`
            : `Retry:   npx jr dlq replay ${entryId} --reason "what is different now"`,
          `Close:   npx jr dlq resolve ${entryId} --notes "why"   or   npx jr dlq abandon ${entryId} --notes "why"`,
        ]),
  ];
  return {
    id: `entry-${entryId}-level-${notice.level}`,
    target,
    subject: `[jr-executor] ${target}: task ${taskId} ${errorCode ?? 'failed'}`,
    text: [
      `${told(notice.title)} (task ${taskId}, ${notice.assignedJr ?? 'no Jr'}) waits for you since ${notice.raisedAt}.`,
      '',
      `${errorCode ?? 'Failed'}: ${told(notice.reason, mostOfReason)}`,
      `Attempts so far: ${notice.attempts}.`,
      ...steps.map(({ step, result }) => `  ${told(step)}: ${told(result)}`),
      ...(stepCount > steps.length ? [`  and ${stepCount - steps.length} more of its steps`] : []),
      '',
      ...todo,
    ].join('\n'),
  };
}

function told(text: string, most = mostOfText): string {
  // Before it is cut: half of a secret is not recognized as one.
  const safe = redact(text);
  return safe.length <= most ? safe : `${safe.slice(0, most).toWellFormed()} ...`;
}
