import { dirname } from 'node:path';
import { isAlone } from '../write-alone.ts';
import type { Facts, Seen, WorkspaceState } from './facts.ts';
import {
  bad,
  count,
  duration,
  type Finding,
  minutesSince,
  ok,
  restart,
  sweepHealth,
  warn,
} from './finding.ts';

const bellLostMinutes = 15;
const lowBytes = 1024 ** 3;
const noBytes = 100 * 1024 ** 2;

export function ledger({ ledger, migrations }: Facts): Finding {
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

export function queues({ queues, ledger, now, claims }: Facts): Finding {
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

export function schedules({ schedules, declaredSchedules }: Facts): Finding {
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

export function functions({ functions }: Facts): Finding {
  const failed = functions.flatMap(({ name, answer }) =>
    'failure' in answer ? [`${name}: ${answer.failure}`] : [],
  );
  if (failed.length > 0) return bad('functions', failed.join('; '), restart);
  return ok('functions', `all ${functions.length} answer: ${functions.map(({ name }) => name).join(', ')}`);
}

export function workspace(seen: Seen<WorkspaceState>): Finding {
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
