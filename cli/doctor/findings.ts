import type { LivenessRules } from '../../shared/domain/liveness.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import { functions, ledger, queues, schedules, workspace } from './parts.ts';
import {
  alerts,
  claims,
  disagreements,
  entries,
  jrs,
  ladderQueues,
  staleTasks,
  submissions,
  sweeps,
} from './work.ts';

/** What is well and what is not, in the order in which a person goes through it after an outage. */
export function findings(facts: Facts, liveness: LivenessRules): Finding[] {
  return [
    ledger(facts),
    ...[queues(facts), schedules(facts), functions(facts)],
    ...(facts.workspace === null ? [] : [workspace(facts.workspace)]),
    // The rest is in the ledger: while it does not answer, one line says so.
    ...('failure' in facts.ledger
      ? []
      : [
          sweeps(facts),
          claims(facts),
          submissions(facts),
          staleTasks(facts),
          jrs(facts, liveness),
          ladderQueues(facts),
          entries(facts),
          disagreements(facts),
          alerts(facts),
        ]),
  ];
}
