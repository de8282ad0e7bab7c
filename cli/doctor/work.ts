import type { LivenessRules } from '../../shared/domain/liveness.ts';
import { shorten } from '../terminal-cells.ts';
import { stateOf } from '../workers-text.ts';
import type { Facts } from './facts.ts';
import {
  bad,
  count,
  duration,
  type Finding,
  known,
  minutesSince,
  ok,
  sweepHealth,
  sweepLadder,
  unknown,
  warn,
} from './finding.ts';

/** The health sweep comes every five minutes; what is older than three of them has been missed. */
const sweepMissedMinutes = 15;
/** The minute sweep tells people; what they have not been told for so long could not be sent. */
const untoldMinutes = 5;

/** That schedule, function and ledger work together shows in what the health sweep writes. */
export function sweeps({ ledger, now }: Facts): Finding {
  const at = known(ledger)?.measured_at ?? null;
  if (at === null) return warn('sweeps', 'the health sweep has not run yet', sweepHealth);
  const age = minutesSince(at, now);
  const summary = `the health sweep ran ${duration(age)} ago`;
  return age > sweepMissedMinutes ? bad('sweeps', summary, sweepHealth) : ok('sweeps', summary);
}

export function claims({ claims }: Facts): Finding {
  if ('failure' in claims) return unknown('claims', claims);
  const { claims_paused, changed_by, reason } = claims.value;
  if (!claims_paused) return ok('claims', 'not paused');
  const why = reason === null ? '' : `: ${reason}`;
  return bad('claims', `paused by ${changed_by ?? 'somebody'}${why}; nothing is begun`, 'npx jr resume');
}

/** Whoever sent a message by the queue has gone and does not learn that it was rejected. */
export function submissions({ ledger }: Facts): Finding {
  const state = known(ledger);
  if (state === null) return unknown('submissions', ledger);
  const { rejected_count: n, rejected_reason: reason } = state;
  if (n === 0) return ok('submissions', 'none was rejected within a day');
  const what = `${count(n, 'message')} rejected within a day, the latest: ${shorten(reason ?? '', 100)}`;
  return warn('submissions', what, 'npx jr status --rejected');
}

export function staleTasks({ ledger }: Facts): Finding {
  const state = known(ledger);
  if (state === null) return unknown('stale_tasks', ledger);
  const [first] = state.stale;
  if (first !== undefined) {
    const names = state.stale.map(({ id, title }) => `${id} (${title})`).join(', ');
    const what = `${count(state.stale_count, 'task')} said to be running for over an hour, by nobody: ${names}`;
    // A lease that ran out is taken back by a sweep; a task that SQL set to running has none, and waits for a person.
    return first.leased
      ? bad('stale_tasks', what, sweepHealth)
      : bad('stale_tasks', what, `npx jr cancel ${first.id} --reason "nobody runs it"`);
  }
  if (state.expired_leases > 0) {
    return warn(
      'stale_tasks',
      `${count(state.expired_leases, 'lease')} ran out; a sweep takes them back`,
      sweepHealth,
    );
  }
  return ok('stale_tasks', 'none');
}

export function jrs({ jrs, now, ledger }: Facts, rules: LivenessRules): Finding {
  if ('failure' in jrs) return unknown('jrs', jrs);
  const inService = jrs.value.filter(({ in_service }) => in_service);
  const states = inService.map(jr => ({ name: jr.jr_name, state: stateOf(jr, rules, now) }));
  const online = states.filter(({ state }) => state === 'online').length;
  const summary = `${online} of ${inService.length} in service online`;
  const givenUp = states.filter(({ state }) => state === 'given up').map(({ name }) => name);
  if (givenUp.length > 0) {
    return bad('jrs', `${summary}; given up: ${givenUp.join(', ')}`, `npx jr workers revive "${givenUp[0]}"`);
  }
  if (inService.length === 0) return bad('jrs', 'no Jr is in service', 'npx jr workers');
  if (online === 0) {
    const waiting = known(ledger)?.waiting ?? 0;
    return bad('jrs', `${summary}, ${count(waiting, 'task')} waiting`, sweepHealth);
  }
  const others = states.filter(({ state }) => state !== 'online');
  if (others.length > 0) {
    const who = others.map(({ name, state }) => `${name} ${state}`).join(', ');
    return warn('jrs', `${summary}; ${who}`, 'npx jr workers');
  }
  return ok('jrs', summary);
}

export function ladderQueues({ queues }: Facts): Finding {
  const held = queues.slice(1).map(({ name, depth }) => ({
    name,
    messages: 'value' in depth ? depth.value.visible + depth.value.in_flight + depth.value.delayed : 0,
  }));
  const some = held.filter(({ messages }) => messages > 0);
  if (some.length === 0) return ok('ladder_queues', 'empty');
  const what = some.map(({ name, messages }) => `${name}: ${count(messages, 'message')}`).join(', ');
  return warn('ladder_queues', `${what}; a sweep folds them into the ledger`, sweepLadder);
}

export function entries({ entries }: Facts): Finding {
  if ('failure' in entries) return unknown('entries', entries);
  const { unresolved, retrying, escalated_tpm, escalated_council } = entries.value;
  const summary = `${escalated_tpm} with the TPM, ${escalated_council} with the Council, ${retrying} retried by themselves`;
  if (escalated_council > 0) return bad('entries', summary, 'npx jr dlq list --level 3');
  if (unresolved > 0) return bad('entries', summary, 'npx jr dlq list');
  return ok('entries', retrying === 0 ? 'none is open' : summary);
}

export function disagreements({ disagreements }: Facts): Finding {
  if ('failure' in disagreements) return unknown('disagreements', disagreements);
  const found = disagreements.value;
  if (found.length === 0) return ok('disagreements', 'none: tasks, entries and attempts agree');
  const what = found.map(({ kind, task_ids }) => `${kind}: ${tasksOf(task_ids)}`).join('; ');
  return warn('disagreements', what, sweepHealth);
}

function tasksOf(ids: readonly number[]): string {
  const shown = ids.slice(0, 3).join(', ');
  return ids.length > 3 ? `tasks ${shown} and ${ids.length - 3} more` : `task ${shown}`;
}

export function alerts({ ledger, now }: Facts): Finding {
  const state = known(ledger);
  if (state === null) return unknown('alerts', ledger);
  const untold = state.untold_since === null ? 0 : minutesSince(state.untold_since, now);
  const [first] = state.alerts;
  const isLate = untold >= untoldMinutes;
  if (first !== undefined) {
    const late = isLate ? [`People have not been told for ${duration(untold)}.`] : [];
    return bad(
      'alerts',
      [...state.alerts.map(({ summary }) => summary), ...late].join(' '),
      first.next_action,
    );
  }
  if (isLate)
    return bad('alerts', `none is on; people have not been told for ${duration(untold)}`, sweepLadder);
  return ok('alerts', 'none is on');
}
