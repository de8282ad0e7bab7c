/**
 * Where a sequence begins in another, overlapping places too. Takes time in proportion to both, however much they repeat
 * themselves (Knuth, Morris and Pratt).
 */
export function* startsOf(sought: readonly string[], all: Iterable<string>): Generator<number> {
  const shorter = borders(sought);
  let matched = 0;
  let at = 0;
  for (const each of all) {
    while (matched > 0 && (matched === sought.length || sought[matched] !== each))
      matched = shorter[matched - 1] ?? 0;
    if (sought[matched] === each) matched += 1;
    at += 1;
    if (matched === sought.length) yield at - matched;
  }
}

/** For each beginning of a sequence the length of the longest shorter one that it also ends with. */
function borders(sequence: readonly string[]): Int32Array {
  const lengths = new Int32Array(sequence.length);
  for (let at = 1; at < sequence.length; at += 1) {
    let length = lengths[at - 1] ?? 0;
    while (length > 0 && sequence[length] !== sequence[at]) length = lengths[length - 1] ?? 0;
    lengths[at] = sequence[length] === sequence[at] ? length + 1 : 0;
  }
  return lengths;
}
