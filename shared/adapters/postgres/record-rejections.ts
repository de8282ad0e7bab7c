import type pg from 'pg';
import { redact } from '../../domain/redact.ts';
import type { Rejection } from '../../ports/ledger.ts';
import { toJson } from './to-json.ts';

/** Of a rejected body this much is kept, in characters: enough to recognise it, too little to fill the ledger. */
const keptCharacters = 4_096;

/** A sentence may quote what was sent, which may be long. */
const keptReason = 1_000;

const recordRejectionsSql = `
insert into jr_rejected_submissions (message_id, reason, body, body_bytes, received_at)
select message_id, reason, body, body_bytes, $2
from jsonb_to_recordset($1::jsonb) as x(message_id text, reason text, body text, body_bytes int)
on conflict (message_id) do nothing`;

/** Records messages that could not be tasks; a redelivered one keeps its first row. */
export async function recordRejections(
  pool: pg.Pool,
  rejections: readonly Rejection[],
  now: Date,
): Promise<void> {
  // Redacted before it is cut: half of a credential is not recognized as one (invariant 14).
  const rows = rejections.map(({ messageId, reason, body }) => ({
    message_id: messageId,
    reason: redact(reason).slice(0, keptReason),
    body: redact(body).slice(0, keptCharacters),
    body_bytes: Buffer.byteLength(body),
  }));
  await pool.query(recordRejectionsSql, [toJson(rows), now]);
}
