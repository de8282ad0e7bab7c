import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startFauxqs } from 'fauxqs';
import { folderNotifier } from '../../shared/adapters/notify/folder-notifier.ts';
import { snsNotifier } from '../../shared/adapters/notify/sns-notifier.ts';
import { stageNotifier } from '../../shared/adapters/notify/stage-notifier.ts';
import type { Announcement } from '../../shared/domain/announcement.ts';
import { announceNotice, mostSteps, type Notice } from '../../shared/domain/notice.ts';

const notice: Notice = {
  entryId: 7,
  taskId: 17,
  title: 'Mend the roof — caf\u00e9',
  target: 'TPM',
  level: 2,
  errorCode: 'FILE_EXISTS',
  errorClass: 'approval',
  reason: 'roof.txt is there already and different.',
  assignedJr: 'Vision Jr.',
  attempts: 2,
  steps: [{ step: '1 create roof.txt', result: 'FILE_EXISTS' }],
  stepCount: 1,
  raisedAt: '2026-03-01T12:00:00Z',
};

describe('a notice', () => {
  test('is never longer than SNS takes, whatever somebody brought by SQL, and holds no credential', () => {
    const long = `password=hunter2hunter2 ${'\u{1f525}'.repeat(300_000)}`;
    const step = { step: `1 create ${long}`, result: long };
    const steps = Array<typeof step>(mostSteps).fill(step);
    const { text } = announceNotice({ ...notice, title: long, reason: long, steps, stepCount: 20_000 });
    assert.ok(Buffer.byteLength(text) < 200_000, `${Buffer.byteLength(text)} bytes`);
    assert.ok(!text.includes('hunter2'));
    assert.match(text, /\n {2}and 19980 more of its steps\n/);
    assert.ok(text.includes('jr dlq show 7'));
  });

  test('is cut after its credentials are gone: half of one is not recognized', () => {
    const password = 'hunter2hunter2';
    const reason = `${'x'.repeat(3_975)} postgres://jr:${password}@db/jr`;
    assert.ok(!announceNotice({ ...notice, reason }).text.includes('hunter2'));
  });

  test('says what happened, to what, and what to do', () => {
    const { subject, text } = announceNotice(notice);
    assert.equal(subject, '[jr-executor] TPM: task 17 FILE_EXISTS');
    for (const part of [
      'Mend the roof',
      'FILE_EXISTS: roof.txt',
      '1 create roof.txt',
      'npx jr dlq show 7',
      'npx jr approve 17 --reason "why"',
    ]) {
      assert.ok(text.includes(part), part);
    }
  });

  test('offers an approval only where one helps, and a vote to the Council', () => {
    const permanent = announceNotice({ ...notice, errorClass: 'permanent' }).text;
    assert.ok(permanent.includes('npx jr dlq replay 7 --reason "what is different now"'));
    assert.ok(!permanent.includes('jr approve'));
    assert.ok(!announceNotice(notice).text.includes('replay'), 'it would be stopped again');
    const { text } = announceNotice({ ...notice, target: 'Council', level: 3 });
    assert.match(
      text,
      /npx jr dlq vote 7 approve --reason "why" {3}or {3}npx jr dlq vote 7 abandon --reason/,
    );
    const failed = announceNotice({ ...notice, errorClass: 'permanent', target: 'Council', level: 3 });
    assert.match(failed.text, /jr dlq vote 7 retry --reason/);
  });
});

test('on a stage it says which, in the subject and for the commands', async () => {
  const published: Announcement[] = [];
  const notifier = stageNotifier('jr-executor-prod', {
    publish: async announcement => void published.push(announcement),
  });
  await notifier.publish(announceNotice(notice));
  const [{ subject, text, target } = announceNotice(notice)] = published;
  assert.deepEqual([subject, target], ['[jr-executor-prod] TPM: task 17 FILE_EXISTS', 'TPM']);
  assert.match(text, /jr dlq show 7\n.*\n\nThis is stage prod: each command takes --stage prod\.$/s);
});

test('in a folder it is one file, however often it is published', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'jr-notices-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const notifier = folderNotifier(join(folder, 'notices'));
  await notifier.publish(announceNotice(notice));
  await notifier.publish(announceNotice(notice));
  assert.deepEqual(await readdir(join(folder, 'notices')), ['entry-7-level-2.txt']);
  const text = await readFile(join(folder, 'notices/entry-7-level-2.txt'), 'utf8');
  assert.match(text, /^\[jr-executor\] TPM: task 17 FILE_EXISTS\n\nMend the roof — café/);
});

test('through SNS it goes to the topic of its target, and to nobody else', async t => {
  const server = await startFauxqs({ port: 0, logger: false });
  t.after(() => server.stop());
  const topic = (name: string) => server.createTopic(name).topicArn;
  server.createQueue('inbox');
  const topics = {
    TPM: topic('tpm'),
    Council: topic('council'),
    operations: topic('operations'),
    'engineering lead': topic('engineering-lead'),
  };
  server.subscribe({ topic: 'tpm', queue: 'inbox' });
  const client = {
    endpoint: server.address,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  };
  const notifier = snsNotifier(topics, client);
  await notifier.publish({ ...announceNotice(notice), target: 'operations' });
  await notifier.publish(announceNotice(notice));
  const [message, ...others] = server.inspectQueue('inbox')?.messages.ready ?? [];
  assert.ok(message, 'it arrived');
  assert.deepEqual(others, []);
  const { Subject, Message } = JSON.parse(message.body);
  assert.equal(Subject, '[jr-executor] TPM: task 17 FILE_EXISTS');
  assert.match(Message, /Mend the roof — café/);
});
