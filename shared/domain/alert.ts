import type { Announcement } from './announcement.ts';

/** Something that is wrong now with the whole, rather than with one task. Plain data, safe to send. */
export interface Alert {
  /** Unique in its scope, for machines: `open-ratio`, `silent:Vision Jr.`. */
  readonly name: string;
  readonly target: 'operations' | 'engineering lead';
  /** One sentence: what is wrong. */
  readonly summary: string;
  /** What was measured, by the names of columns. */
  readonly evidence: Record<string, unknown>;
  /** What to do now: the command to begin with. */
  readonly nextAction: string;
}

/** A change that people have not been told yet: an alert has begun, or is over. */
export interface AlertNotice extends Alert {
  /** Of this alert, from its beginning to its end. */
  readonly id: number;
  readonly scope: string;
  readonly change: 'begun' | 'over';
  readonly beganAt: Date;
  /** Null for one that has begun. */
  readonly endedAt: Date | null;
}

/** The notice as it goes out. One that goes out again after a crash has the same id. */
export function announceAlert(notice: AlertNotice): Announcement {
  const { id, change, target, summary, evidence, nextAction, beganAt, endedAt } = notice;
  const measured = Object.entries(evidence).map(
    ([name, value]) => `  ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const begun = beganAt.toISOString();
  const text =
    change === 'begun'
      ? [summary, '', `Since ${begun}:`, ...measured, '', `Do now: ${nextAction}`]
      : [
          `Over since ${endedAt?.toISOString() ?? 'now'}, begun ${begun}: ${summary}`,
          '',
          'When it was last seen:',
          ...measured,
          '',
          'Nothing is to be done.',
        ];
  return {
    id: `alert-${id}-${change}`,
    target,
    subject: `[jr-executor] ${change === 'begun' ? 'ALERT' : 'over'}: ${notice.scope}, ${notice.name}`,
    text: text.join('\n'),
  };
}
