import { type CouncilVote, councilVotes } from '../../../shared/domain/intervention.ts';
import { exitCodes, UsageError } from '../../failures.ts';
import { ringFor } from '../../ring.ts';
import { entryIdOf, given, refuse, say, unknownEntry, who } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';

interface Options {
  readonly reason: string;
  readonly by?: string;
  readonly json?: boolean;
}

const outcomes: Record<CouncilVote, string> = {
  retry: 'is back in the queue',
  abandon: 'is over and is not run again',
  approve: 'is approved and goes on',
};

/** `jr dlq vote`: one vote of the Council. The one that reaches the quorum decides, and that is done at once. */
export async function vote(id: string, choice: string, { reason, by, json }: Options): Promise<number> {
  const entryId = entryIdOf(id);
  const chosen = councilVotes.find(each => each === choice);
  if (chosen === undefined) {
    throw new UsageError(`${choice} is no vote: it has to be ${councilVotes.join(', ')}.`);
  }
  const ballot = { voter: who(by), vote: chosen, reason: given('--reason', reason) };
  return await withStack(async ({ operations, queue, rules }) => {
    const needed = rules.council_quorum;
    const result = await operations.vote(entryId, ballot, needed, new Date());
    if (result.kind === 'unknown') throw unknownEntry(entryId);
    const { taskId } = result;
    const fields = { entry_id: entryId, task_id: taskId, voter: ballot.voter, vote: chosen };
    switch (result.kind) {
      case 'refused':
        return refuse(json, { ...fields, voted: false }, result.message);
      case 'counted':
        say(
          json,
          { ...fields, voted: true, decided: false, votes: result.votes, needed },
          `${ballot.voter} votes ${chosen} on entry ${entryId}: ${result.votes} of ${needed} that decide.`,
        );
        return exitCodes.done;
      case 'decided':
        if (result.ring) await ringFor(queue, taskId);
        say(
          json,
          {
            ...fields,
            voted: true,
            decided: true,
            votes: result.voters.length,
            needed,
            voters: result.voters,
          },
          `Decided: ${chosen} (${result.voters.join(', ')}). Task ${taskId} ${outcomes[chosen]}.`,
        );
        return exitCodes.done;
    }
  });
}
