import type { ContestantName, Work } from './contestant.ts';

export interface Case {
  readonly id: string;
  readonly title: string;
  readonly work: Work | { readonly portion: number };
  /** Share of `--jobs` that a run has. */
  readonly share: number;
  readonly finished: boolean;
  readonly pinned: boolean;
  readonly contestants: readonly ContestantName[];
  /** What has to be known to read the figures. */
  readonly notes: string;
}

const everybody: readonly ContestantName[] = ['floor', 'jr-executor', 'pg-boss', 'graphile-worker', 'DBOS'];
const plain = { share: 1, finished: false, pinned: false, contestants: everybody };

/** In the order of the report. */
export const cases: readonly Case[] = [
  {
    ...plain,
    id: 'no-op',
    title: 'Tasks that do nothing',
    work: 'no-op',
    notes:
      'A document without a step is refused, so a task of jr-executor is one step that is found done: it is read, located and compared with the file all the same.',
  },
  {
    ...plain,
    id: 'steps',
    contestants: [
      ...everybody,
      'from its backlog',
      'its ledger alone',
      'floor on its tables',
      'pg-boss, batch',
    ],
    title: 'Tasks with 3 checkpointed steps whose files are already right',
    work: 'steps',
    notes:
      'Nothing is written. For each task jr-executor reads a document of two edits and a whole file, reads the three files and finds each edit made; the others have no work besides recording, and "its ledger alone" is jr-executor without that work: the same claim and the same completion, of plans known beforehand. "from its backlog" is jr-executor where the tasks wait in the ledger, as those do that SQL inserts, and are picked and rung for before they run; otherwise their messages are their bells. "floor on its tables" does no more than the floor, with the rows that jr-executor keeps of a task. pg-boss and graphile-worker record a checkpoint after each step; "pg-boss, batch" records a whole batch when it is over.',
  },
  {
    ...plain,
    id: 'files',
    share: 0.2,
    contestants: [...everybody, 'pg-boss, batch'],
    title: 'Tasks that write 3 files',
    work: 'files',
    notes:
      'Each file is written to a temp file, synced and renamed. The others record a checkpoint after each file. jr-executor records the plan before and the result after, and besides keeps the originals for the case of a crash, syncs the folders and reads back what it wrote.',
  },
  {
    ...plain,
    id: 'failing',
    share: 0.4,
    title: 'Tasks that fail once and are put off',
    work: 'failing',
    notes:
      'jr-executor plans, finds the workspace away and makes an entry in the dead letter queue with the time of the next attempt. DBOS only records the failure: it puts off nothing by itself.',
  },
  {
    ...plain,
    id: 'submit-10',
    title: 'Submission, 10 at a time',
    work: { portion: 10 },
    notes:
      'jr-executor: messages of the queue, decoded and validated, with duplicates found by message id and dedupe key. 10 is what SQS hands over at once.',
  },
  {
    ...plain,
    id: 'submit-1000',
    title: 'Submission, 1,000 at a time',
    work: { portion: 1_000 },
    share: 4,
    notes: 'jr-executor: rows inserted by SQL, as its users may.',
  },
  {
    ...plain,
    id: 'finished',
    contestants: [...everybody, 'pg-boss, batch'],
    title: '3 steps, with many finished tasks in the tables',
    work: 'steps',
    finished: true,
    notes: 'graphile-worker deletes jobs that are done and so has none.',
  },
  {
    ...plain,
    id: 'pinned',
    contestants: [...everybody, 'pg-boss, batch'],
    title: '3 steps, while an old snapshot keeps dead rows',
    work: 'steps',
    pinned: true,
    notes: 'A forgotten transaction elsewhere, as a report or a backup that runs for hours.',
  },
];

/** Those that are slow run fewer tasks: a rate needs no more. */
export const shareOf: Readonly<Record<ContestantName, number>> = {
  floor: 1,
  'jr-executor': 1,
  'from its backlog': 1,
  'its ledger alone': 1,
  'floor on its tables': 1,
  'pg-boss': 1,
  'pg-boss, batch': 1,
  'graphile-worker': 1,
  DBOS: 0.2,
};
