import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonLog } from '../../../../shared/adapters/telemetry/json-log.ts';

function linesOf(context: () => Record<string, unknown>) {
  const lines: string[] = [];
  const now = new Date('2026-03-01T12:00:00Z');
  const log = jsonLog(
    context,
    line => lines.push(line),
    () => now,
  );
  return { log, lines };
}

test('a line is one JSON object with level, time, event, context and fields', () => {
  let request = 'r1';
  const { log, lines } = linesOf(() => ({ function_name: 'f', function_request_id: request }));
  log.info('a.done', { task_id: 7 });
  request = 'r2';
  log.warn('b.odd');
  assert.deepEqual(
    lines.map(line => JSON.parse(line)),
    [
      {
        level: 'info',
        time: '2026-03-01T12:00:00.000Z',
        event: 'a.done',
        function_name: 'f',
        function_request_id: 'r1',
        task_id: 7,
      },
      {
        level: 'warn',
        time: '2026-03-01T12:00:00.000Z',
        event: 'b.odd',
        function_name: 'f',
        function_request_id: 'r2',
      },
    ],
  );
});

test('what looks like a credential is not in it, wherever it stands, and it stays JSON (invariant 14)', () => {
  const { log, lines } = linesOf(() => ({}));
  log.error('c.failed', {
    message: 'postgres://jr:hunter22@db/jr is away',
    deep: [{ stack: 'password="hunter22"' }, '-----BEGIN PRIVATE KEY-----\nhunter22'],
  });
  assert.ok(!lines.join('').includes('hunter22'));
  assert.equal(JSON.parse(lines[0] ?? '').message, 'postgres://jr:[redacted]@db/jr is away');
});
