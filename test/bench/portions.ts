/** So many submit at a time, of every contestant. */
export const submitters = 4;

/** Does `total` pieces of work in portions, over several lanes at once. */
export async function inPortions(
  total: number,
  portion: number,
  lanes: number,
  work: (count: number) => Promise<unknown>,
): Promise<void> {
  let left = total;
  const lane = async () => {
    while (left > 0) {
      const count = Math.min(left, portion);
      left -= count;
      await work(count);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
