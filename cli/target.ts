import type { StackInfo } from '../infra/local/stack.ts';
import type { LedgerSettings } from '../shared/ledger-config.ts';

/** Where a command does its work: the local stack, or a deployed stage. */
export interface Target {
  readonly ledger: LedgerSettings;
  readonly tasksQueueUrl: string;
  /** What Lambda calls a function of `infra/functions.json`. */
  readonly functionName: (name: string) => string;
  /** Null for AWS, which the SDK finds by the environment: AWS_REGION, AWS_PROFILE and the like. */
  readonly local: StackInfo | null;
}
