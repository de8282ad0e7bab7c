import type pg from 'pg';
import { type CouncilVote, whyNoVote } from '../../domain/intervention.ts';
import { redact } from '../../domain/redact.ts';
import type { Ballot, VoteResult } from '../../ports/operations.ts';
import { approveTask } from './approve-task.ts';
import { cancelTask } from './cancel-task.ts';
import { inTransaction } from './in-transaction.ts';
import { lockTask } from './lock-task.ts';
import { requeueTask } from './requeue-task.ts';

/** One vote a voter: a second one takes the place of the first, however the name is written: Ada and ada are one person. */
const castVoteSql = `
with earlier as (
  delete from jr_council_votes where entry_id = $1 and voter <> $2 and lower(normalize(voter)) = lower(normalize($2))
)
insert into jr_council_votes (entry_id, voter, vote, reason, voted_at) values ($1, $2, $3, $4, $5)
on conflict (entry_id, voter) do update
set vote = excluded.vote, reason = excluded.reason, voted_at = excluded.voted_at`;

const votesSql = `
select voter, reason from jr_council_votes where entry_id = $1 and vote = $2 order by voted_at, voter`;

interface Vote {
  readonly voter: string;
  readonly reason: string;
}

/** Votes on one entry come one after the other, by its task's lock: so only one of them can be the deciding one. */
export async function castVote(
  pool: pg.Pool,
  entryId: number,
  { voter, vote, reason }: Ballot,
  quorum: number,
  now: Date,
): Promise<VoteResult> {
  return await inTransaction(pool, async client => {
    const locked = await lockTask(client, { entryId });
    if (locked === null || locked.entry === null) return { kind: 'unknown' };
    const { task, entry } = locked;
    const message = whyNoVote(vote, task, entry);
    if (message !== null) return { kind: 'refused', taskId: task.id, message };
    await client.query(castVoteSql, [entryId, voter.trim(), vote, redact(reason), now]);
    const { rows: votes } = await client.query<Vote>(votesSql, [entryId, vote]);
    if (votes.length < quorum) return { kind: 'counted', taskId: task.id, votes: votes.length };
    const ring = await carryOut(client, task.id, vote, votes, now);
    return { kind: 'decided', taskId: task.id, voters: votes.map(each => each.voter), ring };
  });
}

/** Does what was decided, in the transaction of the vote that decided it. Answers whether a bell has to be rung. */
async function carryOut(
  client: pg.PoolClient,
  taskId: number,
  decision: CouncilVote,
  votes: readonly Vote[],
  now: Date,
): Promise<boolean> {
  const reasons = votes.map(({ voter, reason }) => `${voter} (${reason})`).join(', ');
  const note = `the Council voted ${decision}: ${reasons}`;
  switch (decision) {
    case 'retry':
      await requeueTask(client, taskId, note, now);
      return true;
    case 'abandon':
      return await cancelTask(client, taskId, 'abandoned', note, now);
    case 'approve':
      await approveTask(client, taskId, 'the Council', reasons, now, 'council');
      return true;
  }
}
