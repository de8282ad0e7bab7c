import type { Tree } from 'web-tree-sitter';

const closers: Readonly<Record<string, readonly string[]>> = {
  ')': ['('],
  ']': ['['],
  '}': ['{', '${'],
};
const openers = new Set(Object.values(closers).flat());

/** The offset of the innermost bracket that is open at the end of a text; null when none is, or they do not match. */
export function unclosed(tree: Tree): number | null {
  const open: { type: string; at: number }[] = [];
  const cursor = tree.walk();
  try {
    for (let more = true; more; ) {
      if (cursor.gotoFirstChild()) continue;
      const { nodeType: type, startIndex: at, endIndex } = cursor;
      // What the parser put in to go on is as wide as nothing.
      if (at < endIndex && openers.has(type)) open.push({ type, at });
      const wanted = at < endIndex ? closers[type] : undefined;
      if (wanted !== undefined && !wanted.includes(open.pop()?.type ?? '')) return null;
      more = cursor.gotoNextSibling();
      while (!more && cursor.gotoParent()) more = cursor.gotoNextSibling();
    }
    return open.at(-1)?.at ?? null;
  } finally {
    cursor.delete();
  }
}
