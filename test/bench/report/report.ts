import type { Part } from '../ablation.ts';
import type { Case } from '../cases.ts';
import type { ContestantName } from '../contestant.ts';
import type { Estimate } from '../cost/estimate.ts';
import type { EndToEnd } from '../stack/end-to-end.ts';
import type { Figures } from '../statistics.ts';

export interface CaseResult {
  readonly case: Pick<Case, 'id' | 'title' | 'notes' | 'finished'>;
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
  /** What the ledger's statements consist of; none when that was not asked for. */
  readonly parts: readonly Part[];
  /** Null when it was not asked for. */
  readonly endToEnd: EndToEnd | null;
  readonly estimates: readonly Estimate[];
}

/** Nothing that names the machine. */
export interface Machine {
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
}
