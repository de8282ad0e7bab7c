import type { Case } from '../cases.ts';
import type { ContestantName } from '../contestant.ts';
import type { Figures } from '../statistics.ts';

export interface CaseResult {
  readonly case: Pick<Case, 'id' | 'title' | 'notes'>;
  readonly tasks: number;
  readonly figures: Partial<Record<ContestantName, Figures>>;
}

/** Everything that a run of the bench found; `--json` prints it. */
export interface Report {
  readonly date: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  readonly finishedTasks: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly cases: readonly CaseResult[];
}

/** Nothing that names the machine. */
export interface Machine {
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
}
