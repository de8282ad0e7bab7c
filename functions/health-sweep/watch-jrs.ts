import { isGivenUp, pingsFor, type Verdict, watch } from '../../shared/domain/liveness.ts';
import { livenessAlerts } from '../../shared/domain/liveness-alerts.ts';
import type { Dependencies, Part } from './part.ts';

/** Jrs that are pinged together, before it is noted and the time looked at. */
const batch = 100;

/** Decides who is alive and who is to be tried again, and asks everybody but those left alone for now. */
export const watchJrs: Part = async (deps, late) => {
  const { jrLedger, alertLedger, clock, log, liveness } = deps;
  const jrs = await jrLedger.inService();
  const versions = new Map(jrs.map(({ name, version }) => [name, version]));
  const verdicts = watch(jrs, liveness, clock.now()).flatMap(verdict => {
    const version = versions.get(verdict.name);
    return version === undefined ? [] : [{ ...verdict, version }];
  });
  const written = verdicts.length === 0 ? new Set() : await jrLedger.record(verdicts, clock.now());
  const changed = verdicts.filter(({ name }) => written.has(name));
  for (const { name, kind, breaker } of changed) {
    log.warn(`health_sweep.jr_${kind}`, {
      jr_name: name,
      failures: breaker.failures,
      next_try_at: breaker.nextTryAt,
    });
  }
  const changes = new Map(changed.map(verdict => [verdict.name, verdict]));
  const current = jrs.map(jr => ({ ...jr, breaker: changes.get(jr.name)?.breaker ?? jr.breaker }));
  const now = clock.now();
  await alertLedger.observe('liveness', livenessAlerts(current, liveness, now), now);
  const asked = current.filter(({ breaker }) => breaker.state !== 'open').map(({ name }) => name);
  const pinged = await ping(asked, deps, late);
  const count = (...kinds: Verdict['kind'][]) => changed.filter(({ kind }) => kinds.includes(kind)).length;
  return {
    in_service: jrs.length,
    silent: count('silent', 'still_silent'),
    tried: count('tried'),
    back: count('back'),
    given_up: current.filter(jr => isGivenUp(jr, liveness)).length,
    pinged,
  };
};

/**
 * The pings go out before it is noted that they did: a sweep that dies between the two asks too often, and nobody is
 * taken for silent who was never asked.
 */
async function ping(
  jrNames: readonly string[],
  { jrLedger, queue, clock, liveness }: Dependencies,
  late: () => boolean,
): Promise<number> {
  let pinged = 0;
  for (let from = 0; from < jrNames.length && !late(); from += batch) {
    const names = jrNames.slice(from, from + batch);
    const now = clock.now();
    await queue.ping(pingsFor(names, liveness, now));
    await jrLedger.notePinged(names, now);
    pinged += names.length;
  }
  return pinged;
}
