import type pg from 'pg';
import type { ErrorClass } from '../../shared/domain/failure.ts';
import { createDocument, editDocument } from './messages.ts';

/** A kind of failed task, as the ladder leaves it. */
interface Kind {
  readonly code: string;
  readonly errorClass: ErrorClass;
  readonly status: 'failed' | 'blocked';
  readonly level: 1 | 2;
  readonly reason: string;
  readonly document: (n: number) => string;
}

/** Six ways to fail. The document of a transient one is good: it succeeds when it is run again. */
export const failedKinds = {
  network: {
    code: 'QUEUE_UNAVAILABLE',
    errorClass: 'transient',
    status: 'failed',
    level: 1,
    reason: 'The network was away.',
    document: n => createDocument(`network/${n}.txt`, `network ${n}`),
  },
  rateLimit: {
    code: 'RATE_LIMITED',
    errorClass: 'transient',
    status: 'failed',
    level: 2,
    reason: 'Rate exceeded, with api_key=sk-0123456789abcdefghij.',
    document: n => createDocument(`rate/${n}.txt`, `rate ${n}`),
  },
  staleSearch: {
    code: 'SEARCH_NOT_FOUND',
    errorClass: 'permanent',
    status: 'failed',
    level: 2,
    reason: 'It is not there.',
    document: n => editDocument('stale.txt', `line ${n} as it was`, `line ${n} as it is`),
  },
  protectedPath: {
    code: 'PATH_PROTECTED',
    errorClass: 'approval',
    status: 'blocked',
    level: 2,
    reason: 'A guard stopped it.',
    document: n => createDocument(`.env.${n}`, 'A=1'),
  },
  crash: {
    code: 'CRASHED',
    errorClass: 'poison',
    status: 'failed',
    level: 2,
    reason: 'It died without a word.',
    document: n => createDocument(`crash/${n}.txt`, `crash ${n}`),
  },
  quota: {
    code: 'LIMIT_EXCEEDED',
    errorClass: 'permanent',
    status: 'failed',
    level: 2,
    reason: 'Too large.',
    document: n => editDocument('missing.txt', `${n}`, 'x'),
  },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof failedKinds;

const insertSql = `
with given as (
  select * from jsonb_to_recordset($1::jsonb) as x(n int, document text, status text, code text, class text, level int, reason text)
), tasks as (
  insert into jr_work_queue (title, instruction_content, status, error_message, attempt_count, created_at, updated_at, description)
  select format('task %s', n), document, status, code || ': ' || reason, 1, $2, $2, n::text from given order by given.n
  returning id, description
), attempts as (
  insert into jr_task_attempts (task_id, attempt, epoch, started_at, ended_at, outcome, error_code, error_message)
  select t.id, 1, 1, $2, $2, case when g.code = 'CRASHED' then 'crashed' else 'failed' end, g.code, g.reason
  from tasks t join given g on g.n = t.description::int
)
insert into jr_failed_tasks_dlq (original_task_id, failure_reason, error_code, error_class, retry_count, escalation_level,
  assigned_escalation_target, resolution_status, next_retry_timestamp, raised_at, notified_at, created_at, updated_at)
select t.id, g.reason, g.code, g.class, g.level, g.level, case when g.level = 2 then 'TPM' end,
  case when g.level = 2 then 'unresolved' else 'retrying' end,
  case when g.level < 2 then $2::timestamptz + interval '1 hour' end, $2, $2, $2, $2
from tasks t join given g on g.n = t.description::int order by t.id`;

/** Puts so many failed tasks of each kind into the ledger, the kinds mixed, as a bad night leaves them. */
export async function insertFailed(
  pool: pg.Pool,
  counts: Partial<Record<KindName, number>>,
  now: Date,
  numberedFrom = 0,
): Promise<void> {
  const left = new Map(Object.entries(counts));
  const rows: object[] = [];
  while ([...left.values()].some(count => count > 0)) {
    for (const [name, kind] of Object.entries(failedKinds)) {
      const count = left.get(name) ?? 0;
      if (count === 0) continue;
      left.set(name, count - 1);
      const n = numberedFrom + rows.length + 1;
      rows.push({
        n,
        document: kind.document(n),
        status: kind.status,
        code: kind.code,
        class: kind.errorClass,
        level: kind.level,
        reason: kind.reason,
      });
    }
  }
  await pool.query(insertSql, [JSON.stringify(rows), now]);
}
