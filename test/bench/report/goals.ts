import type { ContestantName } from '../contestant.ts';
import type { Figures } from '../statistics.ts';
import type { Report } from './report.ts';

export interface Goal {
  readonly figure: string;
  readonly goal: string;
  /** Null when the run did not have the case. */
  readonly measured: string | null;
  readonly met: boolean | null;
}

type Comparison = { readonly atLeast: number } | { readonly atMost: number };

/** The goals that were set before the measuring, each against what this run found. */
export function goalsOf({ cases: results, endToEnd }: Pick<Report, 'cases' | 'endToEnd'>): Goal[] {
  const of = (id: string, name: ContestantName = 'jr-executor') =>
    results.find(result => result.case.id === id)?.figures[name];
  const rate = (id: string, name?: ContestantName) => of(id, name)?.rate.median;
  const bestPeer = (id: string) => {
    const name = bestPeerOf(results, id);
    return name === undefined ? undefined : rate(id, name);
  };
  const own = (id: string, pick: (figures: Figures) => number) => {
    const figures = of(id);
    return figures === undefined ? undefined : pick(figures);
  };
  const stepsOf = (name: ContestantName, what: string) => [
    ratio(`${what}, against the floor`, rate('steps', name), rate('steps', 'floor'), 0.7),
    ratio(`${what}, against the best peer`, rate('steps', name), bestPeer('steps'), 2.5),
    ratio(`${what}, against DBOS`, rate('steps', name), rate('steps', 'DBOS'), 20),
  ];
  return [
    ...stepsOf('jr-executor', '3 steps already right'),
    ...stepsOf('its ledger alone', 'the same, its ledger work alone'),
    ratio('3 files written, against the best peer', rate('files'), bestPeer('files'), 1.5),
    figure(
      'statements a task, ledger alone',
      own('steps', f => f.statements),
      { atMost: 0.6 },
    ),
    figure(
      'transactions a task, ledger alone',
      own('steps', f => f.transactions),
      { atMost: 0.5 },
    ),
    figure(
      'statements a task, writing',
      own('files', f => f.statements),
      { atMost: 3 },
    ),
    figure(
      'transactions a task, writing',
      own('files', f => f.transactions),
      { atMost: 1.5 },
    ),
    figure(
      'KB of WAL a task with 3 steps',
      own('steps', f => f.walBytes / 1000),
      { atMost: 2.5 },
    ),
    figure(
      'statements a failed task',
      own('failing', f => f.statements),
      { atMost: 4 },
    ),
    ratio('failure path, against the floor', rate('failing'), rate('failing', 'floor'), 0.25),
    ratio(
      'submission 10 at a time, against the bare insert',
      rate('submit-10'),
      rate('submit-10', 'floor'),
      0.5,
    ),
    ratio(
      'submission 1,000 at a time, against the bare insert',
      rate('submit-1000'),
      rate('submit-1000', 'floor'),
      0.5,
    ),
    ratio('with many finished tasks, against without', rate('finished'), rate('steps'), 0.9),
    ratio('with a pinned horizon, against without', rate('pinned'), rate('steps'), 0.9),
    figure('ms from SQS message to completed, p50', endToEnd?.latency.p50, { atMost: 60 }),
    figure('ms from SQS message to completed, p99', endToEnd?.latency.p99, { atMost: 250 }),
  ];
}

/** "pg-boss, batch" records no checkpoint between steps and so is no peer in what is to be durable. */
const peers = ['pg-boss', 'graphile-worker', 'DBOS'] as const;

/** The fastest peer of a case; undefined where the run had none. */
export function bestPeerOf(results: Report['cases'], id: string): ContestantName | undefined {
  const figures = results.find(result => result.case.id === id)?.figures;
  const rateOf = (name: ContestantName) => figures?.[name]?.rate.median ?? 0;
  return peers.filter(name => rateOf(name) > 0).toSorted((a, b) => rateOf(b) - rateOf(a))[0];
}

function ratio(name: string, a: number | undefined, b: number | undefined, atLeast: number): Goal {
  return figure(name, a === undefined || b === undefined ? undefined : a / b, { atLeast });
}

function figure(name: string, value: number | undefined, comparison: Comparison): Goal {
  const least = 'atLeast' in comparison;
  const bound = least ? comparison.atLeast : comparison.atMost;
  return {
    figure: name,
    goal: `${least ? '>=' : '<='} ${bound}`,
    measured: value === undefined ? null : value.toFixed(2),
    met: value === undefined ? null : least ? value >= bound : value <= bound,
  };
}
