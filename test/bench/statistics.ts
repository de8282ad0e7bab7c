import type { Measurement } from './contestant.ts';

/** Over the rounds of a run. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What is told of a contestant in a case: rates a second, everything else a task. */
export interface Figures {
  readonly rate: Spread;
  readonly statements: number;
  readonly transactions: number;
  readonly walBytes: number;
  readonly clientMs: number;
  readonly serverMs: number | null;
}

export function figuresOf(rounds: readonly Measurement[]): Figures {
  const perTask = (of: (round: Measurement) => number) =>
    spread(rounds.map(round => of(round) / round.tasks)).median;
  return {
    rate: spread(rounds.map(({ tasks, seconds }) => tasks / seconds)),
    statements: perTask(({ statements }) => statements),
    transactions: perTask(({ transactions }) => transactions),
    walBytes: perTask(({ walBytes }) => walBytes),
    clientMs: perTask(({ clientCpu }) => clientCpu * 1000),
    serverMs: rounds.some(({ serverCpu }) => serverCpu === null)
      ? null
      : perTask(({ serverCpu }) => (serverCpu ?? 0) * 1000),
  };
}

/** @param values at least one */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (place: number) => sorted[place] ?? Number.NaN;
  const half = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? at(Math.floor(half)) : (at(half - 1) + at(half)) / 2;
  return { median, min: at(0), max: at(sorted.length - 1) };
}

/** The value below which a share (0 to 1) of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
