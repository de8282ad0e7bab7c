import type { Alert } from './alert.ts';
import { isGivenUp, isRoadDown, type LivenessRules, type WatchedJr } from './liveness.ts';

/** What people have to know about the Jrs in service: that none answers, or which of them needs to be revived. */
export function livenessAlerts(jrs: readonly WatchedJr[], rules: LivenessRules, now: Date): Alert[] {
  const away = jrs.filter(({ breaker }) => breaker.state !== 'closed');
  if (isRoadDown(jrs, rules, now)) return away.length === 0 ? [] : [nobodyAnswers(jrs, away)];
  return jrs.filter(jr => isGivenUp(jr, rules)).map(givenUp);
}

/** Each of them for itself would be as many alerts as there are Jrs, about one cause. */
function nobodyAnswers(jrs: readonly WatchedJr[], away: readonly WatchedJr[]): Alert {
  const seen = jrs.flatMap(({ lastSeen }) => (lastSeen === null ? [] : [lastSeen.getTime()]));
  return {
    name: 'nobody-answers',
    target: 'operations',
    summary:
      'No Jr in service answers: the road through queue, function and ledger is broken or jammed. Once it is mended they are back by themselves.',
    evidence: {
      in_service: jrs.length,
      silent: away.length,
      last_seen: seen.length === 0 ? null : new Date(Math.max(...seen)),
    },
    nextAction: 'npx jr doctor',
  };
}

function givenUp({ name, lastSeen, breaker }: WatchedJr): Alert {
  return {
    name: `given-up:${name}`,
    target: 'operations',
    summary: `${name} did not answer although it was tried ${breaker.failures} times: it is not tried again by itself. Revive it once it is mended, or take it out of service to do without it.`,
    evidence: { jr_name: name, breaker_failures: breaker.failures, last_seen: lastSeen },
    nextAction: `npx jr workers revive "${name}"`,
  };
}
