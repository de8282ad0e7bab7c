import type { StackInfo } from '../infra/local/stack.ts';
import type { LedgerSettings } from '../shared/ledger-config.ts';

/** Where a command does its work: the local stack, or a deployed stage. */
export interface Target {
  readonly ledger: LedgerSettings;
  readonly tasksQueueUrl: string;
  /** URLs of the queues of `infra/ladder.json`, by their names there. */
  readonly queues: Readonly<Record<string, string>>;
  /** Where the recurring schedules of `infra/functions.json` are, and what one is called there. */
  readonly schedules: { readonly group: string; readonly nameOf: (key: string) => string };
  /** What Lambda calls a function of `infra/functions.json`. */
  readonly functionName: (name: string) => string;
  /** Null for the local stack. */
  readonly stage: string | null;
  /** Null for AWS, which the SDK finds by the environment: AWS_REGION, AWS_PROFILE and the like. */
  readonly local: StackInfo | null;
}
