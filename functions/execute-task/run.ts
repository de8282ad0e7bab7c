import { claim } from './claim.ts';
import { recordIntent } from './decide.ts';
import type { Dependencies, Invocation } from './dependencies.ts';
import { endAttempts, raisePoison } from './end-attempts.ts';
import { follow } from './followed.ts';
import { forgetJournals, putBackTorn } from './half-written.ts';
import { outcomeOf } from './outcome.ts';
import { ringAgain, ringNext, setSchedules } from './ring-again.ts';
import { type Summary, summaryOf } from './summary.ts';
import { takeIn } from './take-in.ts';
import { untilItAnswers } from './until-it-answers.ts';
import { planEach, writeEach } from './work.ts';

/** With less than this left to the function no task is begun (design section 4). */
const deadlineMarginMs = 10_000;

/** With less than this left what is still being written stops: its end has to be recorded, and its bell to be rung. */
const stopMarginMs = 5_000;

/**
 * Takes a batch of messages in, claims what may run, plans, writes and settles it (design section 4). A ledger that is away
 * is waited for as long as there is time: what comes again comes after minutes.
 *
 * @throws {JrError} LEDGER_UNAVAILABLE: the whole batch has to come again, and what was done by then is safe
 */
export async function run(invocation: Invocation, deps: Dependencies): Promise<Summary> {
  const { clock, log, tracer } = deps;
  const { messages, remainingMs } = invocation;
  const { messagesOf, ...intake } = await untilItAnswers(() => takeIn(messages, deps), remainingMs, deps);
  const claims = await tracer.span('claim', () =>
    untilItAnswers(() => claim([...messagesOf.keys()], invocation, deps), remainingMs, deps),
  );
  const followed = follow(messages, messagesOf, clock.now(), deps);
  // Each may wait for a lock as long as the tasks of the batch need to be given back.
  const tight = () => invocation.remainingMs() < 2 * deadlineMarginMs;
  const putBack = await putBackTorn(claims.torn, tight, deps);

  const late = () => invocation.remainingMs() < deadlineMarginMs;
  const decisions = await planEach(claims.tasks, late, followed, deps);
  await recordIntent(decisions, false, deps);
  const over = () => invocation.remainingMs() < stopMarginMs;
  await writeEach(decisions, { late, over }, followed, deps);

  const ends = await endAttempts(decisions, invocation.remainingMs, followed, deps);
  await ringAgain(ends, claims.waiting, followed, deps);
  await setSchedules(ends, deps);
  const journals = ends.completed.flatMap(({ lease, journal }) => (journal ? [lease] : []));
  const uncleared = await forgetJournals([...claims.completed, ...journals], deps);
  await raisePoison(claims, deps);
  const held = intake.held > 0;
  const dispatched = claims.backlog || held ? await ringNext(held, deps) : 0;

  const outcomes = [...decisions].map(([task, decision]) => outcomeOf(task, decision, ends.held, followed));
  for (const outcome of outcomes) log.info('attempt.ended', { ...outcome });
  const broken = outcomes.flatMap(({ outcome, task_id }) => (outcome === 'broken' ? [task_id] : []));
  const summary: Summary = {
    ...intake,
    ...summaryOf(outcomes, ends),
    received: messages.length,
    unknown: claims.unknown.length,
    put_back: putBack,
    returned: [...broken, ...uncleared].flatMap(id => messagesOf.get(id) ?? []),
    dispatched,
  };
  log.info('execute_task.done', { ...summary });
  return summary;
}
