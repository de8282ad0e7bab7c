import type { ClaimedTask } from '../../shared/ports/ledger.ts';
import { about } from './about.ts';
import type { Decision } from './decision.ts';
import type { Followed } from './followed.ts';

/** What became of an attempt, for the log and the summary. */
export interface Outcome {
  readonly task_id: number;
  readonly task_key: string;
  readonly attempt: number;
  readonly epoch: number;
  /** `lost`: somebody else holds the task by now. `broken`: it ended without a word. */
  readonly outcome: 'completed' | 'failed' | 'interrupted' | 'lost' | 'broken';
  readonly error_code: string | null;
  /** Planning and writing of this task. */
  readonly duration_ms: number;
  /** From the sending of its message to its claim; null for a later attempt. */
  readonly queue_delay_ms: number | null;
}

/** @param held the tasks whose settlement was taken */
export function outcomeOf(
  task: ClaimedTask,
  decision: Decision,
  held: ReadonlySet<number>,
  followed: Followed,
): Outcome {
  return {
    ...about(task),
    ...ending(decision, held),
    duration_ms: followed.workedMs(task),
    queue_delay_ms: followed.queueDelayMs(task),
  };
}

function ending(decision: Decision, held: ReadonlySet<number>): Pick<Outcome, 'outcome' | 'error_code'> {
  switch (decision.kind) {
    case 'written':
      return { outcome: 'completed', error_code: null };
    case 'broken':
    case 'lost':
      return { outcome: decision.kind, error_code: null };
    case 'write': // its intent was recorded and nothing was begun; no road leads here
      return { outcome: 'broken', error_code: null };
    case 'settle': {
      const { lease, end } = decision.settlement;
      if (!held.has(lease.taskId)) return { outcome: 'lost', error_code: null };
      return { outcome: end.outcome, error_code: end.outcome === 'failed' ? end.errorCode : null };
    }
  }
}
