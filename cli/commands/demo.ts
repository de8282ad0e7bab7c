import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { downStack, findStack, upStack } from '../../infra/local/control.ts';
import { ownWorkspace, stateFolder, workspaceFolder } from '../../infra/local/stack/state-folder.ts';
import { fileWorkspace } from '../../shared/adapters/workspace/workspace.ts';
import { unifiedDiff } from '../../shared/edit/diff.ts';
import type { TaskDetail } from '../../shared/ports/ledger-view.ts';
import { sayPause } from '../claims-text.ts';
import { exitCodes, UsageError } from '../failures.ts';
import { awaitMessage, followTask } from '../follow.ts';
import { paint, paintDiff } from '../paint.ts';
import { print } from '../print.ts';
import { type StackClient, withStack } from '../stack-client.ts';
import { stackLines } from '../stack-text.ts';
import { describeTask, followedLine, stepLines } from '../task-text.ts';
import { submissionOf } from './submit.ts';

const examples = fileURLToPath(new URL('../../examples/', import.meta.url));
const document = join(examples, 'add-health-check.md');
/** What the example creates, and what it edits. */
const created = ['weather/health.py', 'tests/test_health.py'];
const edited = ['weather/app.py', 'weather/settings.py'];

/** An idle stack takes a message in within milliseconds; after this long something is wrong with it. */
const intakeMs = 20_000;

interface Options {
  readonly once?: boolean;
  /** Prints both tasks as they ended; what is told on the way goes beside it. */
  readonly json?: boolean;
}

type Say = (...lines: readonly string[]) => void;

/** `npm start`: the stack, the shipped example as a message on its queue, the diff, and what to try next. */
export async function demo({ once = false, json = false }: Options): Promise<number> {
  const say: Say = (...lines) => {
    for (const line of lines) (json ? process.stderr : process.stdout).write(`${line}\n`);
  };
  await refuseToOverwrite();
  const stop = once ? null : interruption();
  say(paint('bold', '1. The cloud on this machine'));
  const { info, started } = await upStack({ onProgress: line => say(paint('dim', `   ${line}`)) });
  say(...(started ? [] : ['   It was up already.']), ...stackLines(info), '');

  const tasks = await withStack(client => show(client, info.workspace, say));
  if (json) print(`${JSON.stringify({ tasks })}\n`);
  if (stop !== null) {
    say(
      '',
      ...nextSteps,
      '',
      paint('bold', `The stack is up. Ctrl-C ${started ? 'stops it' : 'ends this; the stack stays up'}.`),
    );
    await stop.pressed();
    say('');
  }
  if (started) {
    await downStack();
    say('The stack is down; what it holds stays for the next start.');
  }
  const completed = tasks.length === 2 && tasks.every(({ status }) => status === 'completed');
  return completed ? exitCodes.done : exitCodes.failed;
}

/**
 * The example begins its files anew, in the stack's own workspace. One that somebody named holds files of theirs.
 *
 * @throws {UsageError} naming a file that would be overwritten
 */
async function refuseToOverwrite(): Promise<void> {
  const stateDir = stateFolder();
  const workspace = (await findStack())?.workspace ?? workspaceFolder(stateDir);
  if (workspace === ownWorkspace(stateDir)) return;
  const there = [...created, ...edited].find(path => existsSync(join(workspace, path)));
  if (there === undefined) return;
  throw new UsageError(
    `The example would overwrite ${join(workspace, there)}, which the workspace holds already: move it away, or let the example have a stack of its own: JR_HOME=.jr-example npm start. For a document of your own: npx jr up, then npx jr submit FILE --wait.`,
  );
}

/** Sends the example twice and shows what became of it: the tasks, up to the first that was not completed. */
async function show(client: StackClient, workspaceDir: string, say: Say): Promise<TaskDetail[]> {
  // The files of the example begin anew each time, so that there is something to see.
  for (const path of created) await rm(join(workspaceDir, path), { force: true });
  await cp(join(examples, 'workspace'), workspaceDir, { recursive: true });
  const before = await contents(workspaceDir);

  say(paint('bold', '2. An instruction file goes as a message onto the queue'));
  say(`   ${relative(process.cwd(), document)}, the text that you could send as well`);
  const first = await submitAndFollow(client, say);
  if (first?.status !== 'completed') return first === null ? [] : [first];

  say(
    '   The commands of its verification fence were read and not run.',
    '',
    paint('bold', '3. What it changed in the workspace'),
  );
  for (const [path, bytes] of await contents(workspaceDir)) {
    if (bytes !== null) say(paintDiff(unifiedDiff(path, before.get(path) ?? null, bytes).trimEnd()));
  }

  say('', paint('bold', '4. The same message once more: nothing is applied twice'));
  const second = await submitAndFollow(client, say);
  return second === null ? [first] : [first, second];
}

async function submitAndFollow({ view, queue, claims }: StackClient, say: Say): Promise<TaskDetail | null> {
  const messageId = await queue.send(await submissionOf(document, {}));
  say(`   message ${messageId} sent`);
  await sayPause(claims, line => say(`   ${line}`));
  const fate = await awaitMessage(view, messageId, null, intakeMs);
  if (fate?.kind !== 'task') {
    const why = fate === null ? `it was not taken in within ${intakeMs / 1000} s, see .jr/log` : fate.reason;
    say(paint('red', `   The message was not executed: ${why}`));
    return null;
  }
  const task = await followTask(view, fate.taskId, state => say(`   ${followedLine(state)}`));
  if (task?.status === 'completed') say(...stepLines(task).map(line => `   ${line}`));
  else if (task !== null) say(describeTask(task));
  return task;
}

async function contents(workspaceDir: string): Promise<Map<string, Uint8Array | null>> {
  const states = await fileWorkspace({ root: workspaceDir }).load([...created, ...edited]);
  return new Map([...states].map(([path, state]) => [path, state.kind === 'file' ? state.bytes : null]));
}

const nextSteps = [
  'Try, in another terminal, from this folder:',
  '  npx jr status                               the tasks, and with an id one of them',
  '  npx jr plan examples/add-health-check.md --workspace examples/workspace',
  '                                              what a file would do; writes nothing',
  '  npx jr submit FILE --wait                   hand in an instruction file of your own',
  '  npx jr --help                               everything else',
];

/**
 * Ctrl-C ends the demonstration once it is awaited. One that comes earlier is not lost, and says what it does: the example
 * is followed to its end, which a pause keeps away.
 */
function interruption(): { pressed(): Promise<void> } {
  // A timer keeps the process alive while nothing else does.
  const alive = setInterval(() => undefined, 60_000);
  let isAwaited = false;
  const pressed = new Promise<void>(resolve => {
    const end = () => {
      if (!isAwaited) process.stderr.write(early);
      clearInterval(alive);
      resolve();
    };
    process.once('SIGINT', end).once('SIGTERM', end);
  });
  return {
    pressed: () => {
      isAwaited = true;
      return pressed;
    },
  };
}

const early =
  'jr: It ends when the example has. Ctrl-C once more ends it at once; a stack that it began stays up then: npx jr down.\n';
