import { dirname } from 'node:path';
import type { LivenessRules } from '../../shared/domain/liveness.ts';
import { stateOf } from '../workers-text.ts';
import { isAlone } from '../write-alone.ts';
import type { Facts, Seen, WorkspaceState } from './facts.ts';

/** One line of the checklist. */
export interface Finding {
  readonly name: string;
  /** `warn` mends itself, or is to be watched; `bad` needs a person. */
  readonly state: 'ok' | 'warn' | 'bad';
  readonly summary: string;
  /** The command that mends it, or that tells more. */
  readonly mend: string | null;
}

const ok = (name: string, summary: string): Finding => ({ name, state: 'ok', summary, mend: null });
const warn = (name: string, summary: string, mend: string | null): Finding => ({
  name,
  state: 'warn',
  summary,
  mend,
});
const bad = (name: string, summary: string, mend: string): Finding => ({ name, state: 'bad', summary, mend });

/** Mends what is wrong with the local stack itself. */
export const restart = 'npx jr down && npx jr up';
const sweepHealth = 'npx jr invoke health-sweep';
const sweepLadder = 'npx jr invoke dlq-retry';

/** The health sweep comes every five minutes; what is older than three of them has been missed. */
const sweepMissedMinutes = 15;
/** The minute sweep tells people; what they have not been told for so long could not be sent. */
const untoldMinutes = 5;
const bellLostMinutes = 15;
const lowBytes = 1024 ** 3;
const noBytes = 100 * 1024 ** 2;

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

function ledger({ ledger, migrations }: Facts): Finding {
  if ('failure' in ledger) return bad('ledger', ledger.failure, restart);
  if ('failure' in migrations) return bad('ledger', migrations.failure, 'git status migrations');
  const { version, waiting, running } = ledger.value;
  if (migrations.value.length > 0) {
    return bad('ledger', `not up to date: ${migrations.value.join(', ')} to be applied`, restart);
  }
  return ok(
    'ledger',
    `PostgreSQL ${version}, up to date; ${count(waiting, 'task')} waiting, ${running} running`,
  );
}

function queues({ queues, ledger, now, claims }: Facts): Finding {
  const away = queues.flatMap(({ name, depth }) => ('failure' in depth ? [`${name}: ${depth.failure}`] : []));
  if (away.length > 0) return bad('queues', away.join('; '), restart);
  const [tasks] = queues;
  const depth = tasks !== undefined && 'value' in tasks.depth ? tasks.depth.value : null;
  const held =
    depth === null
      ? ''
      : `; ${tasks?.name}: ${depth.visible} to be received, ${depth.in_flight} being worked on, ${depth.delayed} delayed`;
  const summary = `${queues.length} reachable${held}`;
  const oldest = 'value' in ledger ? ledger.value.oldest_bell_at : null;
  const paused = 'value' in claims && claims.value.claims_paused;
  const age = oldest === null ? 0 : minutesSince(oldest, now);
  if (age >= bellLostMinutes && !paused) {
    return warn('queues', `${summary}; a task was rung ${duration(age)} ago and has not begun`, sweepHealth);
  }
  return ok('queues', summary);
}

function schedules({ schedules, declaredSchedules }: Facts): Finding {
  if ('failure' in schedules) return bad('schedules', schedules.failure, restart);
  const there = new Map(schedules.value.map(({ name, enabled }) => [name, enabled]));
  const missing = declaredSchedules.filter(name => !there.has(name));
  const off = declaredSchedules.filter(name => there.get(name) === false);
  if (missing.length + off.length === 0) {
    return ok('schedules', `all ${declaredSchedules.length} there: ${declaredSchedules.join(', ')}`);
  }
  const wrong = [...missing.map(name => `${name} is missing`), ...off.map(name => `${name} is disabled`)];
  return bad('schedules', wrong.join(', '), restart);
}

function functions({ functions }: Facts): Finding {
  const failed = functions.flatMap(({ name, answer }) =>
    'failure' in answer ? [`${name}: ${answer.failure}`] : [],
  );
  if (failed.length > 0) return bad('functions', failed.join('; '), restart);
  return ok('functions', `all ${functions.length} answer: ${functions.map(({ name }) => name).join(', ')}`);
}

function workspace(seen: Seen<WorkspaceState>): Finding {
  if ('failure' in seen) return bad('workspace', seen.failure, restart);
  const { folder, refusal, free_bytes, leftovers } = seen.value;
  if (refusal === 'ENOENT') {
    // To start anew makes an empty one, below which one that is mounted later does not see what was written.
    const what = `${folder} is not there: put it back or mount it; a new start makes an empty one`;
    return bad('workspace', what, `ls -l '${dirname(folder)}'`);
  }
  if (refusal === 'EROFS')
    return bad('workspace', `${folder} is mounted read-only: mount it for writing`, `df -h '${folder}'`);
  if (refusal !== null) return bad('workspace', `${folder} cannot be written`, `chmod u+rwx '${folder}'`);
  const free = `${(free_bytes / 1024 ** 3).toFixed(1)} GiB free`;
  const summary = `${folder}, ${free}`;
  if (free_bytes < noBytes) return bad('workspace', summary, `df -h '${folder}'`);
  if (free_bytes < lowBytes) return warn('workspace', summary, `df -h '${folder}'`);
  const alone = leftovers.filter(isAlone);
  if (alone.length > 0) {
    const what = `${count(alone.length, 'write')} of a jr apply that was killed, which nobody puts back: ${named(alone)}. docs/architecture.md says what to do`;
    return bad('workspace', `${summary}; ${what}`, `ls -lR '${folder}/.jr-work'`);
  }
  if (leftovers.length > 0) {
    const what = `${count(leftovers.length, 'write')} that a crash cut short, put back when the task goes on: ${named(leftovers)}`;
    return warn('workspace', `${summary}; ${what}`, 'npx jr status');
  }
  return ok('workspace', summary);
}

function named(leftovers: readonly string[]): string {
  return leftovers.slice(0, 3).join(', ');
}

/** That schedule, function and ledger work together shows in what the health sweep writes. */
function sweeps({ ledger, now }: Facts): Finding {
  const at = known(ledger)?.measured_at ?? null;
  if (at === null) return warn('sweeps', 'the health sweep has not run yet', sweepHealth);
  const age = minutesSince(at, now);
  const summary = `the health sweep ran ${duration(age)} ago`;
  return age > sweepMissedMinutes ? bad('sweeps', summary, sweepHealth) : ok('sweeps', summary);
}

function claims({ claims }: Facts): Finding {
  if ('failure' in claims) return unknown('claims', claims);
  const { claims_paused, changed_by, reason } = claims.value;
  if (!claims_paused) return ok('claims', 'not paused');
  const why = reason === null ? '' : `: ${reason}`;
  return bad('claims', `paused by ${changed_by ?? 'somebody'}${why}; nothing is begun`, 'npx jr resume');
}

/** Whoever sent a message by the queue has gone and does not learn that it was rejected. */
function submissions({ ledger }: Facts): Finding {
  const state = known(ledger);
  if (state === null) return unknown('submissions', ledger);
  const { rejected_count: n, rejected_reason: reason } = state;
  if (n === 0) return ok('submissions', 'none was rejected within a day');
  const what = `${count(n, 'message')} rejected within a day, the latest: ${reason}`;
  return warn('submissions', what, 'npx jr status --rejected');
}

function staleTasks({ ledger }: Facts): Finding {
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

function jrs({ jrs, now, ledger }: Facts, rules: LivenessRules): Finding {
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

function ladderQueues({ queues }: Facts): Finding {
  const held = queues.slice(1).map(({ name, depth }) => ({
    name,
    messages: 'value' in depth ? depth.value.visible + depth.value.in_flight + depth.value.delayed : 0,
  }));
  const some = held.filter(({ messages }) => messages > 0);
  if (some.length === 0) return ok('ladder_queues', 'empty');
  const what = some.map(({ name, messages }) => `${name}: ${count(messages, 'message')}`).join(', ');
  return warn('ladder_queues', `${what}; a sweep folds them into the ledger`, sweepLadder);
}

function entries({ entries }: Facts): Finding {
  if ('failure' in entries) return unknown('entries', entries);
  const { unresolved, retrying, escalated_tpm, escalated_council } = entries.value;
  const summary = `${escalated_tpm} with the TPM, ${escalated_council} with the Council, ${retrying} retried by themselves`;
  if (escalated_council > 0) return bad('entries', summary, 'npx jr dlq list --level 3');
  if (unresolved > 0) return bad('entries', summary, 'npx jr dlq list');
  return ok('entries', retrying === 0 ? 'none is open' : summary);
}

function disagreements({ disagreements }: Facts): Finding {
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

function alerts({ ledger, now }: Facts): Finding {
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

function unknown(name: string, seen: Seen<unknown>): Finding {
  return bad(name, 'failure' in seen ? seen.failure : 'not known', restart);
}

function known<T>(seen: Seen<T>): T | null {
  return 'value' in seen ? seen.value : null;
}

function minutesSince(iso: string, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - Date.parse(iso)) / 60_000));
}

function duration(minutes: number): string {
  if (minutes < 1) return 'less than a minute';
  if (minutes < 120) return count(minutes, 'minute');
  return minutes < 2_880 ? `${Math.floor(minutes / 60)} hours` : `${Math.floor(minutes / 1_440)} days`;
}

function count(n: number, what: string): string {
  return n === 1 ? `1 ${what}` : `${n} ${what}s`;
}
