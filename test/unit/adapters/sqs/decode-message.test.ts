import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeMessage } from '../../../../shared/adapters/sqs/decode-message.ts';

const submit = (fields: object) => JSON.stringify({ type: 'task.submit', ...fields });

function reasonOf(body: string): string {
  const decoded = decodeMessage(body);
  assert.equal(decoded.kind, 'rejected', `expected a rejection of ${body.slice(0, 100)}`);
  return decoded.kind === 'rejected' ? decoded.reason : '';
}

test('the example of the design is a submission', () => {
  const decoded = decodeMessage(
    '{"type": "task.submit", "dedupe_key": "release-42", "title": "...", "instruction_content": "...", "assigned_jr": "Software Engineer Jr.", "priority": 5}',
  );
  assert.partialDeepStrictEqual(decoded, {
    kind: 'submit',
    submission: {
      dedupeKey: 'release-42',
      assignedJr: 'Software Engineer Jr.',
      priority: 5,
      instructionFile: null,
    },
  });
});

test('a bell and a ping are read', () => {
  assert.deepEqual(decodeMessage('{"type": "task.run", "task_id": 17}'), { kind: 'run', taskId: 17 });
  assert.deepEqual(
    decodeMessage('{"type": "jr.ping", "jr_name": "Vision Jr.", "sent_at": "2026-01-31T12:00:00Z"}'),
    {
      kind: 'ping',
      jrName: 'Vision Jr.',
      sentAt: new Date('2026-01-31T12:00:00Z'),
    },
  );
});

describe('a refusal is a sentence that names the field', () => {
  const cases: [name: string, body: string, reason: RegExp][] = [
    ['no JSON', 'hello', /^The body is not JSON: .*\.$/],
    ['an empty body', '', /^The body is not JSON: .*\.$/],
    ['a list', '[]', /^The body is not a JSON object/],
    ['null', 'null', /^The body is not a JSON object/],
    ['no type', '{}', /^type: expected one of task\.submit, task\.run, jr\.ping\.$/],
    ['another type', '{"type": "task.destroy"}', /^type: expected one of/],
    [
      'an unknown field',
      submit({ instruction_content: 'x', instuction_file: 'y' }),
      /^instuction_file: unknown field; the fields of task\.submit are .*instruction_file,/,
    ],
    [
      'a wrong type',
      submit({ instruction_content: 'x', priority: 'high' }),
      /^priority: expected a whole number from 1 to 10\.$/,
    ],
    [
      'a number out of range',
      submit({ instruction_content: 'x', priority: 11 }),
      /^priority: expected a whole number/,
    ],
    [
      'a flag that is a text',
      submit({ instruction_content: 'x', use_rlm: 'no' }),
      /^use_rlm: expected true or false\.$/,
    ],
    [
      'a text that is a number',
      submit({ instruction_content: 5 }),
      /^instruction_content: expected a text\.$/,
    ],
    [
      'parameters that are a list',
      submit({ instruction_content: 'x', parameters: [] }),
      /^parameters: expected an object/,
    ],
    [
      'a tag that is a number',
      submit({ instruction_content: 'x', tags: [1] }),
      /^tags\.0: expected a text\.$/,
    ],
    [
      'neither file nor content',
      submit({ title: 'x' }),
      /^instruction_file, instruction_content: neither is given/,
    ],
    ['an empty file name', submit({ instruction_file: '' }), /^instruction_file: must not be empty/],
    [
      'a time that is none',
      submit({ instruction_content: 'x', not_before: 'soon' }),
      /^not_before: expected a time such as 2026-01-31T12:00:00Z\.$/,
    ],
    ...['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00'].map(
      (time): [string, string, RegExp] => [
        `${time}, which Postgres would refuse with the whole batch`,
        submit({ instruction_content: 'x', not_before: time }),
        /^not_before: expected a time in the years/,
      ],
    ),
    ['a NUL', submit({ instruction_content: 'a\0b' }), /^instruction_content: holds a NUL/],
    [
      'half a surrogate pair',
      `{"type":"task.submit","instruction_content":"x","title":"\\ud800"}`,
      /^title: holds/,
    ],
    [
      'a NUL deep in parameters',
      submit({ instruction_content: 'x', parameters: { a: [{ b: '\0' }] } }),
      /^parameters: /,
    ],
    [
      'a NUL in a name within parameters',
      submit({ instruction_content: 'x', parameters: { a: [{ 'b\0': 1 }] } }),
      /^parameters: /,
    ],
    [
      'content of fewer characters than bytes that may be, and more bytes',
      submit({ instruction_content: 'é'.repeat(262_145) }),
      /^instruction_content: longer than 524288 bytes/,
    ],
    ['a bell without a task', '{"type": "task.run"}', /^task_id: expected a whole number/],
    ['a bell with a text', '{"type": "task.run", "task_id": "17"}', /^task_id: expected a whole number/],
    [
      'a body of 1 MiB',
      submit({ instruction_content: 'x'.repeat(1_048_000) }),
      /^instruction_content: longer than 524288 bytes: put the text into a file [^;]+$/,
    ],
    ['a body of 1 MiB that is no JSON', 'x'.repeat(1_048_576), /^The body is not JSON/],
  ];
  for (const [name, body, reason] of cases) test(name, () => assert.match(reasonOf(body), reason));
});

test('everything that is wrong is said at once', () => {
  assert.match(
    reasonOf(submit({ title: 5, priority: 0 })),
    /title: expected a text; priority: expected a whole number/,
  );
});

test('nesting that would exhaust the stack is refused', () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  assert.match(
    reasonOf(`{"type":"task.submit","instruction_content":"x","parameters":{"a":${deep}}}`),
    /^parameters: nested/,
  );
});

test('whatever arrives is decoded or refused, never thrown at', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), body => {
      assert.ok(['submit', 'run', 'ping', 'rejected'].includes(decodeMessage(body).kind));
    }),
  );
  const field = fc.constantFrom(
    'title',
    'priority',
    'tags',
    'parameters',
    'instruction_content',
    'not_before',
    'other',
  );
  fc.assert(
    fc.property(fc.dictionary(field, fc.jsonValue()), fields => {
      assert.ok(['submit', 'rejected'].includes(decodeMessage(submit(fields)).kind));
    }),
  );
});
