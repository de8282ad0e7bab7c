import type { ContestantName } from '../contestant.ts';
import { counted } from '../cost/counted.ts';
import { bestPeerOf, goalsOf } from './goals.ts';
import type { Report } from './report.ts';

type Found = Pick<Report, 'cases' | 'endToEnd' | 'parts'>;

/** What stands between jr-executor and the goals that it missed in this run: what it does that the others do not. */
export function reasonsOf(report: Found): string[] {
  const missed = goalsOf(report).flatMap(({ figure, met }) => (met === false ? [figure] : []));
  return reasons.flatMap(({ of, why }) => (missed.some(figure => of.test(figure)) ? [why(report)] : []));
}

const reasons: readonly { readonly of: RegExp; readonly why: (report: Found) => string }[] = [
  {
    of: /^3 steps already right/,
    why: report => {
      const [own, ledger, floor] = (['jr-executor', 'its ledger alone', 'floor'] as const).map(name =>
        ms(report, 'steps', name, 'clientMs'),
      );
      const documents = cpu(report, 'steps', 'jr-executor') - cpu(report, 'steps', 'its ledger alone');
      const besides = documents + cpu(report, 'steps', 'floor on its tables');
      return `Three steps that are done already: its process computes ${own} ms a task, its ledger work alone ${ledger}, the floor ${floor}. What lies between is no work of the others: a document is read, three files are looked at and every edit is found in them, for nothing is told to be done that was not seen on the disk (invariant 7). ${mightCompute(report)}; they compute ${together(report, 'steps', 'jr-executor')}. The documents and the floor on the ledger's tables come to ${besides.toFixed(2)} before anything is guarded.`;
    },
  },
  {
    of: /its ledger work alone/,
    why: report => {
      const [own, tables, floor] = (['its ledger alone', 'floor on its tables', 'floor'] as const).map(name =>
        together(report, 'steps', name),
      );
      return `The ledger alone: process and server compute ${own} ms a task, for the floor ${floor}. The floor's own statements on the tables of the ledger, with the rows that people and sweeps read, their attempts, constraints and indexes, compute ${tables}, which leaves of its rate ${(rateOf(report, 'steps', 'floor on its tables') / rateOf(report, 'steps', 'floor')).toFixed(2)} before anything is guarded. The rest is what a claim asks and an end keeps: that each Jr has room (counted under a lock, so that it is exact), that nothing is paused (invariant 12), that no entry is open and no attempt crashed (8 and 9); that the entry is resolved in the same transaction, and that children go on. ${mightCompute(report)}.${partsSentence(report)}`;
    },
  },
  {
    of: /^3 files written/,
    why: report => {
      // Only who was compared with a peer has missed it.
      const peer = bestPeerOf(report.cases, 'files') ?? 'floor';
      const least = 13;
      const more = counted.calls.batches['files'].fileWrites / 10 - least;
      return `Three files written: process and server compute ${together(report, 'files', 'jr-executor')} ms a task, ${together(report, 'files', peer)} with ${peer}, of which the floor's ${together(report, 'files', 'floor')} are nearly all the writing itself, the same for everybody; at 1.5 times ${peer} they might compute ${together(report, 'files', peer, 1.5)}. It changes the disk ${(least + more).toFixed(1)} times a task; a folder made and three times open, write, sync and rename are ${least}. The rest is what makes a document all or nothing where its process can die between any two of them (invariant 4): a journal keeps of each file what was there before, or that nothing was, until the ledger has the end; folders are synced, and what was written is read back (invariant 7). At what one costs the floor, the ${more.toFixed(1)} more come to ${((more * (figuresOf(report, 'files', 'floor')?.clientMs ?? Number.NaN)) / least).toFixed(2)} ms. The others leave a task that dies in the middle as it lies.`;
    },
  },
  {
    of: /^submission 1,000 at a time/,
    why: report => {
      const [own, floor] = (['jr-executor', 'floor'] as const).map(name =>
        (1_000_000 / rateOf(report, 'submit-1000', name)).toFixed(1),
      );
      return `Submission, 1,000 at a time: they take ${own} ms, as a bare insert ${floor}. A task has a key that no other has (invariant 5), its Jr is looked up and kept from being removed, and it stands where those look who assign it and ring for it.`;
    },
  },
  {
    of: /^with many finished tasks/,
    why: report => {
      const [without, finished] = ['steps', 'finished'].map(id => ms(report, id, 'jr-executor', 'serverMs'));
      const range = (id: string) => {
        const { min, max } = figuresOf(report, id, 'jr-executor')?.rate ?? {
          min: Number.NaN,
          max: Number.NaN,
        };
        return `${Math.round(min).toLocaleString('en-US')} to ${Math.round(max).toLocaleString('en-US')}`;
      };
      return `Beside many finished tasks the server computes ${finished} ms a task instead of ${without}: the indexes that have every task are a level deeper. No statement reads what is finished. The runs went from ${range('finished')} tasks a second, without from ${range('steps')}.`;
    },
  },
  {
    of: /^with a pinned horizon/,
    why: report => {
      const [without, pinned] = ['steps', 'pinned'].map(id => ms(report, id, 'jr-executor', 'serverMs'));
      return `While an old snapshot keeps dead rows the server computes ${pinned} ms a task instead of ${without}: what is dead stays on its page, so that the next version of a row goes to another. The floor comes to ${(rateOf(report, 'pinned', 'floor') / rateOf(report, 'steps', 'floor')).toFixed(2)} of its own rate without.`;
    },
  },
];

/** How much of the ledger's work would have to go for 0.7 of the floor, and how much all that it keeps is. */
function partsSentence(report: Found): string {
  const [whole] = report.parts;
  const all = report.parts.at(-1);
  if (whole === undefined || all === undefined) return '';
  const asked = 1 - rateOf(report, 'steps', 'its ledger alone') / rateOf(report, 'steps', 'floor') / 0.7;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  return ` For 0.7 of the floor ${percent(asked)} of it would have to go; all that is kept, the rows of the steps and most constraints and indexes included, is ${percent(all.microseconds / whole.microseconds)}: [what each part takes](#what-the-ledgers-work-consists-of).`;
}

/** What the goals of three steps leave to compute for a task. */
function mightCompute(report: Found): string {
  const peer = bestPeerOf(report.cases, 'steps') ?? 'floor';
  const [floor, best, dbos] = [
    together(report, 'steps', 'floor', 0.7),
    together(report, 'steps', peer, 2.5),
    together(report, 'steps', 'DBOS', 20),
  ];
  return `Process and server together might compute ${floor} ms a task at 0.7 of the floor, ${best} at 2.5 times ${peer} and ${dbos} at 20 times DBOS`;
}

/** CPU time of a task in ms, or a dash where the run did not have it. */
function ms(report: Found, id: string, name: ContestantName, which: 'clientMs' | 'serverMs'): string {
  return figuresOf(report, id, name)?.[which]?.toFixed(2) ?? '-';
}

/** That of process and server together, or what it would be at so many times the rate. */
function together(report: Found, id: string, name: ContestantName, faster = 1): string {
  const both = cpu(report, id, name);
  return Number.isNaN(both) ? '-' : (both / faster).toFixed(2);
}

/** That of process and server together, in ms a task; NaN where the run did not have it. */
function cpu(report: Found, id: string, name: ContestantName): number {
  const { clientMs = Number.NaN, serverMs = null } = figuresOf(report, id, name) ?? {};
  return clientMs + (serverMs ?? Number.NaN);
}

function rateOf(report: Found, id: string, name: ContestantName): number {
  return figuresOf(report, id, name)?.rate.median ?? Number.NaN;
}

function figuresOf(report: Found, id: string, name: ContestantName) {
  return report.cases.find(result => result.case.id === id)?.figures[name];
}
