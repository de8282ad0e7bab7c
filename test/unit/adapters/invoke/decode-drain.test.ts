import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeDrain, drainFields } from '../../../../shared/adapters/invoke/decode-drain.ts';

function message(payload: unknown): string {
  const decoded = decodeDrain(payload);
  return decoded.kind === 'rejected' ? decoded.message : 'accepted';
}

describe('an invocation of the runbook', () => {
  test('nothing asks for help', () => {
    const help = { kind: 'request', request: { action: 'help', dryRun: false } };
    assert.deepEqual(decodeDrain({}), help);
    assert.deepEqual(decodeDrain(null), help);
  });

  test('a refusal names the field', () => {
    assert.equal(message([]), 'The payload is not a JSON object such as {"action": "status"}.');
    assert.match(message({ action: 'explode' }), /^action: expected one of status, pause, resume, /);
    assert.match(message({ action: 'toString' }), /^action: expected one of /);
    assert.match(message({ operator: 'ada' }), /^action: /);
    assert.equal(message({ action: 'drain', reason: 'x' }), 'operator: expected a text.');
    assert.equal(message({ action: 'drain', operator: ' ', reason: 'x' }), 'operator: must not be empty.');
    assert.match(
      message({ action: 'stop', operator: 'a', reason: 'b', runid: 1 }),
      /^runid: unknown field; the fields of stop are dry_run\?, operator, reason, run_id\?\.$/,
    );
    assert.match(
      message({ action: 'inspect', sample: 51 }),
      /^sample: expected a whole number from 10 to 50\.$/,
    );
    assert.match(
      message({ action: 'replay', operator: 'a', reason: 'b', entry_id: 1, limits: { steps: 0 } }),
      /^limits\.steps: expected a whole number from 1/,
    );
  });

  test('retry needs a filter, drain does not', () => {
    const signed = { operator: 'a', reason: 'b' };
    assert.match(
      message({ action: 'retry', ...signed }),
      /^category, ids, .*: retry needs at least one of them/,
    );
    assert.equal(message({ action: 'drain', ...signed }), 'accepted');
    assert.equal(message({ action: 'retry', ...signed, jr: 'Vision Jr.' }), 'accepted');
  });

  test('every action that acts needs operator and reason, and every action has dry_run', () => {
    for (const [action, fields] of Object.entries(drainFields)) {
      assert.ok(fields.includes('dry_run?'), action);
      if (['status', 'inspect', 'categorize', 'verify'].includes(action)) continue;
      assert.match(message({ action, ids: [1], entry_id: 1 }), /operator: expected a text/, action);
    }
  });

  test('one category or several', () => {
    for (const category of ['CRASHED', ['CRASHED']]) {
      const decoded = decodeDrain({ action: 'categorize', category });
      assert.partialDeepStrictEqual(decoded, {
        request: { selection: { category: ['CRASHED'], ids: null } },
      });
    }
  });
});
