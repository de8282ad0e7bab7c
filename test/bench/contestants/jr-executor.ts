import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { claim } from '../../../functions/execute-task/claim.ts';
import type { Dependencies, Invocation } from '../../../functions/execute-task/dependencies.ts';
import { run } from '../../../functions/execute-task/run.ts';
import { completed } from '../../../functions/execute-task/settlements.ts';
import { postgresDispatchLedger } from '../../../shared/adapters/postgres/dispatch-ledger.ts';
import { postgresLedger } from '../../../shared/adapters/postgres/ledger.ts';
import { migrate } from '../../../shared/adapters/postgres/migrate.ts';
import { createPool } from '../../../shared/adapters/postgres/pool.ts';
import { compose } from '../../../shared/compose.ts';
import { failure } from '../../../shared/domain/failure.ts';
import { sortMessages } from '../../../shared/domain/sort-messages.ts';
import { planTask } from '../../../shared/flow/plan-task.ts';
import { migrationsFolder } from '../../support/database.ts';
import { memoryTaskQueue } from '../../support/memory-queue.ts';
import type { Contestant, Session, SessionOptions, Work } from '../contestant.ts';
import { documentOf, nextDocuments, standingFiles } from '../documents.ts';
import { inPortions, submitters } from '../portions.ts';

/** As many as pg-boss has for itself; graphile-worker and DBOS have more. */
export const connections = 10;
export const batch = 10;

/** execute-task's run over batches of 10 bells, as Lambda calls it. */
export const jrExecutor: Contestant = {
  settings: `execute-task over batches of 10 bells, ${connections} at a time with a connection each, all tasks of one Jr; prepared statements, as wherever there is no RDS Proxy in between`,
  async open(options) {
    const { pool, deps } = await prepare(options);
    const failing: Dependencies = { ...deps, workspace: { ...deps.workspace, load: unreachable } };
    return session(pool, deps, (ids, work) => execute(ids, work, work === 'failing' ? failing : deps));
  },
};

/** What execute-task sends to the ledger for such tasks, and no more: the rest of its time is the documents'. */
export const jrLedgerAlone: Contestant = {
  settings:
    'what jr-executor sends to the ledger for those tasks, the same claim and the same completion with three steps each, of a plan that was made beforehand: no document is read, no file looked at, nothing decided',
  async open(options) {
    const { pool, deps } = await prepare(options);
    return session(pool, deps, await ledgerWork(deps));
  },
};

/** Claims a batch of tasks with three steps that are done already, and completes it. */
export async function ledgerWork(deps: Dependencies): Promise<(ids: readonly number[]) => Promise<void>> {
  const planned = await planTask(
    {
      taskId: 0,
      instructionFile: null,
      instructionContent: documentOf('steps', 0),
      parameters: {},
      evidence: [],
      approvals: [],
    },
    deps,
  );
  if (planned.kind !== 'planned') throw new Error(planned.failure.message);
  return async ids => {
    const { tasks } = await claim(ids, invocationOf([]), deps);
    const settlements = tasks.map(({ lease }) => ({
      ...completed(lease, planned.plan, 0),
      recorded: 'nothing' as const,
    }));
    const held = await deps.ledger.settle(settlements, deps.clock.now());
    if (held.size !== ids.length) throw new Error(`Of ${ids.length} tasks ${held.size} were completed.`);
  };
}

/** A database as jr-executor has it, a pool as execute-task's, and what it depends on. */
export async function prepare({ databaseUrl, folder }: SessionOptions) {
  await migrate(databaseUrl, migrationsFolder);
  const onIdleError = (error: Error) => console.error(error);
  // As execute-task's own pool, but for the connections.
  const pool = createPool({ databaseUrl, max: connections, plansOnce: true, onIdleError });
  // All tasks are of one Jr: more than the batches and a window of bells hold may run.
  await pool.query('update jr_status set max_concurrent = $1', [10 * connections * batch]);
  await mkdir(folder, { recursive: true });
  for (const { name, text } of standingFiles) await writeFile(join(folder, name), text);
  return { pool, deps: dependencies(pool, databaseUrl, folder) };
}

/** As in Lambda, but for the connections, the queue and the schedules, which are no part of what is compared. */
function dependencies(pool: pg.Pool, databaseUrl: string, folder: string): Dependencies {
  const silent = () => undefined;
  const unused = 'unused';
  const composed = compose(
    {
      ledger: { kind: 'url', url: databaseUrl },
      tasksQueueUrl: unused,
      tasksQueueArn: unused,
      schedulerRoleArn: unused,
      functionArnPrefix: unused,
      metricsNamespace: unused,
      scheduleGroup: unused,
      sqsEndpoint: undefined,
      openTelemetry: {},
      workspaceDir: folder,
      workspacePrefixes: ['/ganuda'],
      protectedPaths: [],
    },
    'bench',
  );
  return {
    ...composed,
    ledger: postgresLedger(pool),
    dispatchLedger: postgresDispatchLedger(pool),
    queue: memoryTaskQueue(),
    scheduler: { ringAt: async () => {}, remove: async () => {} },
    log: { info: silent, warn: silent, error: (event, fields) => console.error(event, fields) },
  };
}

export const insertSql = `
insert into jr_work_queue (title, instruction_content, assigned_jr, source)
select 'a task of the bench', text, 'Software Engineer Jr.', 'bench' from unnest($1::text[]) as text returning id`;

const finishedSql = `
with tasks as (
  insert into jr_work_queue (title, instruction_content, assigned_jr, status, result, attempt_count, lease_epoch, completed_at)
  select 'a task of the bench', $1, 'Software Engineer Jr.', 'completed', '{"steps_total": 3}', 1, 1, now()
  from generate_series(1, $2::int) returning id
), attempts as (
  insert into jr_task_attempts (task_id, attempt, epoch, started_at, ended_at, outcome)
  select id, 1, 1, now(), now(), 'completed' from tasks
)
insert into jr_step_rewards (task_id, step_number, step_type, target_file, step_content_hash, execution_result)
select id, step, 'create', 'notes.md', decode(repeat('a', 64), 'hex'), 'success' from tasks, generate_series(1, 3) as step`;

export async function execute(ids: readonly number[], work: Work, deps: Dependencies): Promise<void> {
  const messages = ids.map(id => ({
    messageId: randomUUID(),
    body: JSON.stringify({ type: 'task.run', task_id: id }),
  }));
  const summary = await run(invocationOf(messages), deps);
  if ((work === 'failing' ? summary.failed : summary.completed) !== ids.length)
    throw new Error(
      `Of ${ids.length} tasks ${summary.completed} were completed and ${summary.failed} failed.`,
    );
}

const invocationOf = (messages: Invocation['messages']): Invocation => ({
  messages,
  requestId: randomUUID(),
  remainingMs: () => 60_000,
});

/** Tasks of jr-executor, each batch of whose ids is given to `execute`. */
export function session(
  pool: pg.Pool,
  deps: Dependencies,
  execute: (ids: readonly number[], work: Work) => Promise<void>,
): Session {
  const waiting: number[] = [];
  return {
    async seed(tasks, work) {
      for (let left = tasks; left > 0; left -= 1_000) {
        const texts = nextDocuments(work, Math.min(left, 1_000));
        const { rows } = await pool.query<{ id: number }>(insertSql, [texts]);
        waiting.push(...rows.map(({ id }) => id));
      }
    },
    async drain(_, work) {
      await inPortions(waiting.length, batch, connections, count => execute(waiting.splice(0, count), work));
      return {};
    },
    async submit(tasks, portion) {
      await inPortions(tasks, portion, submitters, async count => {
        const texts = nextDocuments('steps', count);
        if (portion > batch) return void (await pool.query(insertSql, [texts]));
        const messages = texts.map(instruction_content => ({
          messageId: randomUUID(),
          body: JSON.stringify({ type: 'task.submit', title: 'a task of the bench', instruction_content }),
        }));
        const { submissions, rejections } = sortMessages(messages, deps.decode);
        const { window } = deps.dispatching;
        const { taskIds } = await deps.ledger.takeIn({ submissions, rejections, window }, deps.clock.now());
        if (taskIds.size !== count) throw new Error(`Of ${count} submissions ${taskIds.size} became tasks.`);
      });
    },
    async addFinished(tasks) {
      for (let left = tasks; left > 0; left -= 20_000)
        await pool.query(finishedSql, [documentOf('steps', 0), Math.min(left, 20_000)]);
    },
    close: () => pool.end(),
  };
}

/** A workspace that is away: what comes of it is transient and tried again. */
const unreachable: Dependencies['workspace']['load'] = async paths =>
  new Map(
    paths.map(
      path => [path, { kind: 'refused', failure: failure('WORKSPACE_IO', `${path} is away.`) }] as const,
    ),
  );
