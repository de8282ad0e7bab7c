import assert from 'node:assert/strict';

/**
 * Fails when work four times as large takes much more than four times the processor time of this process; were it the
 * square, it would be sixteen times. Others on the machine do not count.
 *
 * @param work makes what is to be timed of a size; it is made before the clock starts
 */
export function assertGrowsWithSize(size: number, work: (size: number) => () => void, name = 'it'): void {
  const [small, large] = [cpuTime(work(size / 4)), cpuTime(work(size))];
  const ratio = large / (small + negligible);
  assert.ok(ratio < 9, `${name} took ${ratio.toFixed(1)} times as long for four times as much`);
}

/** Microseconds: below it the clock and the collector of garbage are all there is to measure. */
const negligible = 2_000;

/** Processor time of this process for the best of three runs, in microseconds. */
function cpuTime(work: () => void): number {
  const times = [1, 2, 3].map(() => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return user + system;
  });
  return Math.min(...times);
}
