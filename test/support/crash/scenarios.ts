import ladder from '../../../infra/ladder.json' with { type: 'json' };
import type { LadderRules } from '../../../shared/domain/ladder.ts';
import { createDocument, editDocument } from '../messages.ts';
import { isPlacing } from './hook-files.ts';
import type { Happenings } from './points.ts';

/** What is submitted, what happens besides the one fault under test, and what has to be there in the end. */
export interface Scenario {
  readonly name: string;
  readonly rules: LadderRules;
  readonly files: ReadonlyMap<string, string>;
  /** One submission each, delivered together. */
  readonly documents: readonly string[];
  /** The first of them is delivered once more so many seconds later, under the same message id. */
  readonly duplicateAfterSeconds: number;
  /** How long execute-task may take. */
  readonly timeoutMs?: number;
  /** What the outside does in every run. `now` is in milliseconds since the beginning. */
  readonly outside: (now: () => number) => Pick<Happenings, 'refuses' | 'kills'>;
  readonly tasks: readonly object[];
  readonly filesAfter: ReadonlyMap<string, string>;
  /** How many people have to have been told at least. */
  readonly notices: number;
}

/** What every run begins with. */
export const sharedFiles = new Map([
  ['shared/one.txt', 'first\nanchor of the insertion\nto be deleted\nlast\n'],
  ['shared/two.txt', 'alpha\r\nbeta\r\ngamma'],
  ['own/three.txt', 'three\n'],
]);

/** What the tasks put into the shared files. */
interface Words {
  readonly first: readonly [inserted: string, beta: string];
  /** Null for a deletion. */
  readonly second: readonly [replaced: string | null, alpha: string];
}

/** Too short to be known for done without the ledger, as a deletion is. */
const terse: Words = { first: ['inserted by a', 'beta by a'], second: [null, 'alpha'] };

/** Each is known for done by itself. */
export const telling: Words = {
  first: ['inserted by the first task, in its own words', 'beta, as the first task has it'],
  second: ['what the second task has put in its place', 'alpha, once more, for the second task'],
};

/** Two tasks of three steps each, creates and edits, that share two files. */
export function tasksWith({ first, second }: Words): string[] {
  const [replaced, alpha] = second;
  return [
    [
      createDocument('made/deep/a.txt', 'made by a'),
      editDocument('shared/one.txt', 'anchor of the insertion', `anchor of the insertion\n${first[0]}`),
      editDocument('shared/two.txt', 'beta', first[1]),
    ],
    [
      replaced === null
        ? editDocument('shared/one.txt', 'to be deleted\nlast', 'last')
        : editDocument('shared/one.txt', 'to be deleted', replaced),
      editDocument('shared/two.txt', 'alpha', `alpha\n${alpha}`),
      createDocument('made/b.txt', 'made by b'),
    ],
  ].map(document => document.join('\n'));
}

/** Every file as it has to be when these of the two tasks have been done, and the others not at all. */
export function expectedOf(
  [isFirst = false, isSecond = false]: readonly boolean[],
  { first, second }: Words,
): Map<string, string> {
  const [replaced, alpha] = second;
  const one = [
    'first',
    'anchor of the insertion',
    ...(isFirst ? [first[0]] : []),
    ...(isSecond ? [replaced].filter(line => line !== null) : ['to be deleted']),
    'last',
    '',
  ];
  const two = ['alpha', ...(isSecond ? [alpha] : []), isFirst ? first[1] : 'beta', 'gamma'];
  return new Map([
    ['shared/one.txt', one.join('\n')],
    ['shared/two.txt', two.join('\r\n')],
    ['own/three.txt', 'three\n'],
    ...(isFirst ? ([['made/deep/a.txt', 'made by a\n']] as const) : []),
    ...(isSecond ? ([['made/b.txt', 'made by b\n']] as const) : []),
  ]);
}

const sharedTasks = tasksWith(terse);
const steps = [1, 2, 3].map(n => [n, 'success']);
const done = { status: 'completed', level: null, entry: null, code: null, steps };
const withTheTpm = { status: 'failed', level: 2, entry: 'unresolved' };

/**
 * The disk refuses the last file of the second task three times, when its others are written already: twice in the
 * first invocation, which tries again what failed beside something that was written, and once in the first retry. The
 * retries wait 10 and 20 minutes: one is rung by an SQS delay, the other by a one-time schedule. A third submission
 * is one that nobody can execute, and the fourth writes what no other does, at one time with the first.
 */
export const orderly: Scenario = {
  name: 'two tasks, one refused and retried, and one that nobody can execute',
  rules: { ...ladder.rules, retry_base_seconds: 300 },
  files: sharedFiles,
  documents: [
    ...sharedTasks,
    editDocument('own/three.txt', 'not there', 'new'),
    createDocument('made/apart.txt', 'made apart'),
  ],
  duplicateAfterSeconds: 700,
  outside: () => {
    let left = 3;
    return { refuses: name => isPlacing(name) && name.endsWith('b.txt') && left-- > 0 };
  },
  tasks: [
    done,
    done,
    { ...withTheTpm, code: 'SEARCH_NOT_FOUND', steps: [[1, 'failed']] },
    { ...done, steps: [[1, 'success']] },
  ],
  filesAfter: new Map([...expectedOf([true, true], terse), ['made/apart.txt', 'made apart\n']]),
  notices: 1,
};

/** The ledger is away for 65 minutes: the messages climb to the last queue and are folded back from there. */
export const outage: Scenario = {
  name: 'the ledger is away until all messages have climbed to the last queue',
  rules: ladder.rules,
  files: sharedFiles,
  documents: sharedTasks,
  duplicateAfterSeconds: 700,
  // It asks a ledger that is away three times: each is a point where it may die.
  timeoutMs: 11_000,
  outside: now => ({ refuses: name => name.startsWith('sql') && now() < 65 * 60_000 }),
  tasks: [done, done],
  filesAfter: expectedOf([true, true], terse),
  notices: 0,
};

/** A task kills its process each time; it climbs by receive count, and the one before it in the batch is unharmed. */
export const poison: Scenario = {
  name: 'a task kills its process each time',
  rules: ladder.rules,
  files: sharedFiles,
  documents: [sharedTasks[0] ?? '', createDocument('made/poison.txt', 'poison')],
  duplicateAfterSeconds: 100,
  outside: () => ({ kills: name => isPlacing(name) && name.endsWith('poison.txt') }),
  tasks: [done, { ...withTheTpm, code: 'CRASHED', steps: [[1, 'pending']] }],
  filesAfter: expectedOf([true], terse),
  notices: 1,
};
