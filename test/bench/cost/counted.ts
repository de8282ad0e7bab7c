import type { Report } from '../report/report.ts';
import type { CountedCalls } from './calls.ts';
import countedFile from './counted.json' with { type: 'json' };
import type { Measured } from './estimate.ts';

/** All that the cost on paper is computed from: calls by `npm run bench:cost`, figures by `npm run bench -- --write`. */
export interface Counted {
  readonly calls: CountedCalls;
  /** Of one task, as the bench measures the work of the ledger. */
  readonly figures: { readonly steps: Measured; readonly files: Measured; readonly intake: Measured };
}

export const counted: Counted = countedFile;

/** The work whose cost is told, by the case of the bench that measures it. */
export const works = [
  { id: 'steps', work: '3 steps that are done already' },
  { id: 'files', work: '3 files written' },
] as const;

/** With the figures of a run in place of those that were there; a case that it left out keeps its own. */
export function withFigures({ cases }: Pick<Report, 'cases'>): Counted {
  const of = (id: string, before: Measured): Measured => {
    const found = cases.find(result => result.case.id === id)?.figures['jr-executor'];
    if (found === undefined) return before;
    const { transactions, walBytes, clientMs, serverMs } = found;
    const rounded = (n: number) => Number(n.toPrecision(3));
    return {
      transactions: rounded(transactions),
      walBytes: rounded(walBytes),
      clientMs: rounded(clientMs),
      serverMs: serverMs === null ? null : rounded(serverMs),
    };
  };
  const { steps, files, intake } = counted.figures;
  return {
    ...counted,
    figures: { steps: of('steps', steps), files: of('files', files), intake: of('submit-10', intake) },
  };
}
