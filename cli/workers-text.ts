import { isGivenUp, type LivenessRules, oldestAnswer } from '../shared/domain/liveness.ts';
import type { JrView } from '../shared/ports/jr-registry.ts';
import { moment } from './moment.ts';
import { paint, type Style, table } from './paint.ts';

/** How a Jr is, in a few words. */
export function stateOf(jr: JrView, rules: LivenessRules, now: Date): string {
  if (!jr.in_service) return 'out of service';
  const state = jr.breaker_state;
  if (isGivenUp({ breaker: { state, failures: jr.breaker_failures } }, rules)) return 'given up';
  if (state === 'open')
    return jr.breaker_next_try_at === null ? 'silent' : `silent, tried at ${moment(jr.breaker_next_try_at)}`;
  const seen = jr.last_seen !== null && new Date(jr.last_seen) > oldestAnswer(rules, now);
  if (jr.is_online && seen) return 'online';
  if (state === 'half_open') return 'silent, being tried';
  return jr.last_seen === null ? 'not seen yet' : 'not seen lately';
}

const styles: Record<string, Style> = {
  online: 'green',
  'given up': 'red',
  'out of service': 'dim',
};

/** The Jrs as a table, and what is to be done about those that are given up. */
export function describeJrs(jrs: readonly JrView[], rules: LivenessRules, now: Date): string {
  if (jrs.length === 0) return 'No Jr is registered: add one with "npx jr workers add NAME".';
  const rows = jrs.map(jr => ({ jr, state: stateOf(jr, rules, now) }));
  const lines = table(
    [
      { title: 'Jr' },
      { title: 'role', spare: true },
      { title: 'state' },
      { title: 'last seen' },
      { title: 'running', align: 'right' },
      { title: 'waiting', align: 'right' },
      { title: 'breaker' },
      { title: 'specialties', cut: true, spare: true },
    ],
    rows.map(({ jr, state }) => [
      jr.jr_name,
      jr.jr_role ?? '-',
      paint(styles[state] ?? 'yellow', state),
      jr.last_seen === null ? '-' : moment(jr.last_seen),
      `${jr.running}/${jr.max_concurrent}`,
      String(jr.waiting),
      jr.breaker_failures === 0 ? jr.breaker_state : `${jr.breaker_state} (${jr.breaker_failures} failed)`,
      jr.specialties.join(', '),
    ]),
  );
  const lost = rows.filter(({ state }) => state === 'given up');
  return [
    ...lines,
    ...(lost.length === 0 ? [] : ['']),
    ...lost.map(({ jr }) => `Once ${jr.jr_name} is mended: npx jr workers revive "${jr.jr_name}"`),
  ].join('\n');
}
