import { oldestThatFires, tpmDeadline } from '../../shared/domain/ladder.ts';
import type { Part } from '../../shared/flow/run-parts.ts';
import { batch, type Dependencies, maxBatches } from './dependencies.ts';

/** Raises what is too old to fire by itself (invariant 10) and what the TPM has not answered in time. */
export const raiseOverdue: Part<Dependencies> = async ({ ladderLedger, clock, rules }, late) => {
  let tooOld = 0;
  let unanswered = 0;
  for (let i = 0; i < maxBatches && !late(); i++) {
    const now = clock.now();
    const raised = await ladderLedger.raiseOverdue({
      now,
      oldestEntry: oldestThatFires(rules, now),
      tpmDeadline: tpmDeadline(rules, now),
      limit: batch,
    });
    tooOld += raised.tooOld;
    unanswered += raised.unanswered;
    if (raised.tooOld + raised.unanswered < batch) break;
  }
  return { too_old: tooOld, unanswered };
};
