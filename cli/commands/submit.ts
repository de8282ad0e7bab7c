import { maxContentBytes } from '../../shared/domain/message.ts';
import { readMeta } from '../../shared/instruction/meta.ts';
import type { TaskDetail } from '../../shared/ports/ledger-view.ts';
import { pausedLine } from '../claims-text.ts';
import { exitCodes, saidOnce, UsageError } from '../failures.ts';
import { awaitMessage, followTask } from '../follow.ts';
import { print } from '../print.ts';
import { readDocument } from '../read-document.ts';
import { isLedgerAway, type StackClient, withStack } from '../stack-client.ts';
import { describeTask, followedLine } from '../task-text.ts';

interface Options {
  readonly jr?: string;
  readonly priority?: number;
  readonly title?: string;
  readonly dedupeKey?: string;
  readonly overwrite?: boolean;
  readonly wait?: boolean;
  readonly json?: boolean;
}

/** Longer than this the stack does not leave a message alone unless it is busy or down. */
const intakeMs = 5_000;

/** `jr submit`: puts the document on the task queue. With `--wait` exit code 1 unless the task completes. */
export async function submit(file: string, options: Options): Promise<number> {
  const body = await submissionOf(file, options);
  return await withStack(client => send(client, body, options));
}

/** The message: what the options say, else what the document's header lines say. */
export async function submissionOf(file: string, options: Options): Promise<string> {
  const content = await readDocument(file);
  const bytes = Buffer.byteLength(content);
  if (bytes > maxContentBytes) {
    throw new UsageError(
      `The instruction file ${file} has ${bytes} bytes, and a task takes in ${maxContentBytes}: put it into the workspace and name it in instruction_file, in a message or by SQL.`,
    );
  }
  const meta = readMeta(content);
  const submission = {
    type: 'task.submit',
    title: options.title ?? meta.title ?? undefined,
    dedupe_key: options.dedupeKey,
    instruction_content: content,
    assigned_jr: options.jr ?? meta.assignedJr ?? undefined,
    priority: options.priority ?? meta.priority ?? undefined,
    sacred_fire_priority: meta.sacredFirePriority ?? undefined,
    use_rlm: meta.useRlm,
    parameters: options.overwrite ? { overwrite: true } : undefined,
    source: 'jr submit',
  };
  return JSON.stringify(submission).replace(notInMessages, escaped);
}

/** Characters that SQS refuses, and halves of those beyond U+FFFF, such as an emoji, that its emulator does. */
const notInMessages = /[^\t\n\r -\uD7FF\uE000-\uFFFD]/g;

/** JSON may hold any character as the numbers of its UTF-16 units. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

async function send(client: StackClient, body: string, options: Options): Promise<number> {
  const { queue, tracer } = client;
  const messageId = await tracer.span(
    'submit',
    ({ traceparents }) => queue.send(body, traceparents[0]),
    // TRACEPARENT is how a build or a script that is traced says so to what it calls.
    { kind: 'producer', in: () => [{ parent: process.env['TRACEPARENT'] ?? null }] },
  );
  try {
    return await follow(client, messageId, options);
  } catch (error) {
    if (!isLedgerAway(error)) throw error;
    // It is on the queue and accepted (invariant 1): an error would have it submitted once more.
    const text = `Sent as message ${messageId}: the queue keeps it and it is taken in once the ledger answers. ${saidOnce(error.message)} See "npx jr doctor", and then: npx jr status ${messageId}`;
    const fields = {
      message_id: messageId,
      task_id: null,
      duplicate: null,
      rejected: null,
      claims_paused: null,
      task: null,
    };
    print(`${options.json ? JSON.stringify(fields) : text}\n`);
    return options.wait ? exitCodes.usage : exitCodes.done;
  }
}

/** Says what became of the message. */
async function follow({ view, claims }: StackClient, messageId: string, options: Options): Promise<number> {
  const say = (line: string) => {
    if (!options.json) print(`${line}\n`);
  };
  const fate = await awaitMessage(view, messageId, options.dedupeKey ?? null, intakeMs, () => {
    if (options.wait) say(`Sent as message ${messageId}; not taken in yet: "npx jr doctor" may say why.`);
    return options.wait ?? false;
  });
  const state = await claims.read();
  const paused = pausedLine(state);
  if (paused !== null) say(paused);
  let task: TaskDetail | null = null;
  let duplicate = false;
  if (fate?.kind === 'task') {
    task = await view.getTask(fate.taskId);
    // A task has the id of the message that brought it: this one was brought by another.
    duplicate = task !== null && options.dedupeKey !== undefined && task.task_key !== messageId;
    if (duplicate) {
      say(`Under this dedupe key it is task ${fate.taskId} already: this document is not taken in.`);
    }
    if (options.wait) task = await followTask(view, fate.taskId, state => say(followedLine(state)));
  }
  const rejected = fate?.kind === 'rejected' ? fate.reason : null;
  if (options.json) {
    const { claims_paused } = state;
    const fields = { message_id: messageId, task_id: task?.id ?? null, duplicate, rejected, claims_paused };
    print(`${JSON.stringify({ ...fields, task })}\n`);
  } else if (rejected !== null) {
    say(`Refused: ${rejected}`);
  } else if (task === null) {
    say(`Sent as message ${messageId}; not taken in yet. Look again with: npx jr status ${messageId}`);
  } else if (options.wait) {
    say(`\n${describeTask(task)}`);
  } else {
    say(`Task ${task.id}: ${task.title}. Follow it with: npx jr status ${task.id} --watch`);
  }
  if (rejected !== null) return exitCodes.failed;
  return options.wait && task?.status !== 'completed' ? exitCodes.failed : exitCodes.done;
}
