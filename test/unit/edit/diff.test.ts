import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { unifiedDiff } from '../../../shared/edit/diff.ts';
import { keptLines } from '../../../shared/edit/kept-lines.ts';
import { assertGrowsWithSize } from '../../support/growth.ts';
import { bytesOf } from './arbitraries.ts';

describe('unifiedDiff', () => {
  it('shows a change with three lines around it', () => {
    const before = bytesOf('a\nb\nc\nd\ne\nf\ng\nh\n');
    const after = bytesOf('a\nb\nc\nd\nE\nf\ng\nh\n');
    assert.equal(
      unifiedDiff('x.txt', before, after),
      'diff --git a/x.txt b/x.txt\n--- a/x.txt\n+++ b/x.txt\n@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n',
    );
  });

  it('shows a new file against nothing', () => {
    assert.equal(
      unifiedDiff('x.txt', null, bytesOf('a\n')),
      'diff --git a/x.txt b/x.txt\nnew file mode 100644\n--- /dev/null\n+++ b/x.txt\n@@ -0,0 +1 @@\n+a\n',
    );
  });

  it('says that a final newline is missing', () => {
    const diff = unifiedDiff('x', bytesOf('a'), bytesOf('a\n'));
    assert.ok(diff.endsWith('-a\n\\ No newline at end of file\n+a\n'), diff);
  });

  it('is empty for the same bytes', () => assert.equal(unifiedDiff('x', bytesOf('a'), bytesOf('a')), ''));

  it('of huge files that have nothing in common stays small and takes time in proportion to them', () => {
    const text = (name: string, lines: number): Uint8Array =>
      bytesOf(Array.from({ length: lines }, (_, at) => `${name}${at}`).join('\n'));
    assertGrowsWithSize(50_000, lines => {
      const [before, after] = [text('a', lines), text('b', lines)];
      return () => assert.ok(unifiedDiff('x', before, after).split('\n').length < 2100);
    });
  });

  it('tells of as many lines as a stretch may lose', () => {
    const before = bytesOf(`head\n${'gone\n'.repeat(200_000)}foot\n`);
    assert.match(unifiedDiff('x', before, bytesOf('head\nfoot\n')), /\n-gone\n\.\.\. 198003 more lines\n$/);
  });

  it('is a patch that git applies, for any two files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'diff-'));
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', ' d', 'e\r'), { maxLength: 30 });
    try {
      fc.assert(
        fc.property(lines, lines, fc.boolean(), fc.boolean(), (one, two, endOne, endTwo) => {
          const before = one.join('\n') + (endOne && one.length > 0 ? '\n' : '');
          const after = two.join('\n') + (endTwo && two.length > 0 ? '\n' : '');
          if (before === after) return;
          writeFileSync(join(folder, 'f'), before);
          writeFileSync(join(folder, 'p'), unifiedDiff('f', bytesOf(before), bytesOf(after)));
          execFileSync('git', ['apply', '--unsafe-paths', '--whitespace=nowarn', 'p'], {
            cwd: folder,
            env: { ...process.env, GIT_DIR: '/nonexistent' },
          });
          assert.equal(readFileSync(join(folder, 'f'), 'latin1'), after);
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('keptLines', () => {
  it('keeps a common subsequence in order, as long as there can be', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 14 });
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        const kept = [...keptLines(before, after)];
        let last = -1;
        kept.forEach((from, at) => {
          if (from < 0) return;
          assert.ok(from > last);
          last = from;
          assert.equal(before[from], after[at]);
        });
        assert.equal(kept.filter(from => from >= 0).length, longest(before, after));
      }),
      { numRuns: 3000 },
    );
  });
});

function longest(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const each of a) {
    const next = [0];
    b.forEach((other, at) => {
      next.push(each === other ? (row[at] ?? 0) + 1 : Math.max(next[at] ?? 0, row[at + 1] ?? 0));
    });
    row = next;
  }
  return row.at(-1) ?? 0;
}
