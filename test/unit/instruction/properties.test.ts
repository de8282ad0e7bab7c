import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readInstruction } from '../../../shared/instruction/read.ts';
import { generated } from '../../bench/plan.ts';
import { assertGrowsWithSize } from '../../support/growth.ts';

const options = { pathPrefixes: ['/ganuda'] };

/** Lines of which documents are made, whole and broken. */
const piece = fc.constantFrom(
  '<<<<<<< SEARCH',
  '=======',
  '>>>>>>> REPLACE',
  '<<<<< SEARCH',
  '=====',
  '>>>>> REPLACE',
  '<<<<<<<<< SEARCH',
  '>>>>>>>>> REPLACE',
  '<<<<<<< SEARCH x.py',
  '<<<<<<<<<< SEARCH',
  '<<<<<<< HEAD',
  '>>>>>>> topic',
  '\u00a0```',
  '```python title=`x.py`',
  '```',
  '```python',
  '````',
  '````text',
  '~~~',
  '~~~bash',
  '   ```',
  '> ```',
  '> text',
  '```markdown',
  '# Title',
  '## Step',
  '### `a/b.py`',
  '---',
  '===',
  'File: `a.py`',
  'Create `b.py`',
  'Modify `c.py`:',
  'In `../d.py`, do',
  'Create `/etc/x`',
  '**File:** `a.py`',
  '- item',
  '',
  '',
  'text',
  '    indented',
  '\t',
  'Expected output:',
  'def f():',
  '# File: x.py',
  'x = 1',
  '**`lib/x.py`** (new)',
  'Save this as `lib/x.py`:',
  '```python:lib/x.py',
  '*** Begin Patch',
  '**<<<<<<< SEARCH**',
  '## Rollback',
  '- Delete `x.py`',
  'Create an empty file `b.py`.',
  '# Delete `x.py`',
  'Create `a.py` and `b.py`:',
  '`b.py`:',
  'é\u0000\uFFFF',
  '|a|b|',
);
const line = fc.oneof({ weight: 9, arbitrary: piece }, { weight: 1, arbitrary: fc.string() });
const lines = fc.array(line, { maxLength: 40 });
/** Front matter is read by rules of its own. */
const frontMatter = fc.array(line, { maxLength: 3 }).map(inner => ['---', ...inner, '---']);
const document = fc.oneof(
  { weight: 3, arbitrary: lines },
  { weight: 1, arbitrary: fc.tuple(frontMatter, lines).map(([front, rest]) => [...front, ...rest]) },
);
const fenceOrMarker =
  /^\s*(`{3,}[^`]*|`{3,}[^`]*`[^`]*`|~{3,}.*|<{5,9} (?:SEARCH|HEAD)|<{3,} SEARCH\b.*|>{5,9} REPLACE)$/;

describe('reading', () => {
  it('never throws and accounts for every fence line and every marker', () => {
    fc.assert(
      fc.property(document, fc.constantFrom('\n', '\r\n'), (lines, eol) => {
        const text = lines.join(eol);
        const { blocks, steps } = readInstruction(text, options);
        const covered = new Set<number>();
        for (const block of blocks)
          for (let line = block.line; line <= block.endLine; line += 1) covered.add(line);
        text
          .replaceAll('\r\n', '\n')
          .replaceAll('\r', '\n')
          .split('\n')
          .forEach((line, at) => {
            if (fenceOrMarker.test(line))
              assert.ok(covered.has(at + 1), `line ${at + 1} "${line}" is in no block`);
          });
        for (const block of blocks) {
          assert.ok(block.line <= block.endLine);
          assert.equal(block.disposition === 'step', block.reason === null);
          assert.equal(block.disposition === 'rejected', block.code !== null);
          assert.equal(block.disposition === 'step', block.stepNumber !== null);
        }
        assert.deepEqual(
          blocks.filter(block => block.stepNumber !== null).map(block => block.stepNumber),
          steps.map((_, at) => at + 1),
        );
        for (const step of steps)
          assert.ok(!step.targetFile.startsWith('/') && !step.targetFile.split('/').includes('..'));
      }),
      { numRuns: 5000 },
    );
  });

  it('never throws on any text at all', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), text => void readInstruction(text, options)),
      { numRuns: 2000 },
    );
  });

  it('blocks do not overlap and stand in order', () => {
    fc.assert(
      fc.property(document, lines => {
        let last = 0;
        for (const block of readInstruction(lines.join('\n'), options).blocks) {
          assert.ok(block.line > last, `block on line ${block.line} after line ${last}`);
          last = block.endLine;
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('takes time in proportion to the length of the document', () => {
    const hard: Record<string, (count: number) => string> = {
      blocks: count => generated(1, count),
      'unclosed blocks': count => '<<<<<<< SEARCH\na\n=======\nb\n'.repeat(count),
      'unclosed blocks of changing width': count =>
        '<<<<<<< SEARCH\na\n>>>>>> REPLACE\n<<<<<< SEARCH\n'.repeat(count),
      'fences that open': count => '```python\n'.repeat(count),
      'bare fences in Markdown': count => `\`\`\`markdown\n${'```\nx\n'.repeat(count)}`,
      'edit fences left open': count => '```\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n'.repeat(count),
      'quoted fences': count => '> ```\n'.repeat(count),
      'ticks in one line': count => `File: ${'`a.py` '.repeat(count)}\n`,
      'blanks in one line': count => `**File:** ${' '.repeat(count * 10)}x\n\n${'='.repeat(count)}`,
      'stars and colons': count => `${'**a** : '.repeat(count)}\n${'**'.repeat(count)}:\n`,
      'headings that nest': count => '# a\n## b\n### `c.py`\n#### d\n'.repeat(count),
      'blanks in a heading': count => `# a${' '.repeat(count * 4)}x`,
      'lines below a label': count => `**a ${'_'.repeat(count * 4)}x**\n\`\`\`\nx\n\`\`\``,
      'blanks behind a marker': count => `<<<<<<< SEARCH${' '.repeat(count * 4)}x`,
      'fences in list items': count => '  - ```python\n'.repeat(count),
      'blocks without a file below a list of files': count => {
        const files = Array.from({ length: count / 4 }, (_, at) => `- \`l/${at}.py\`\n`).join('');
        return `## Files\n${files}## Step\n${'<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n'.repeat(count / 4)}`;
      },
      'fences in list items, each deeper than the last': count => {
        const deep = Math.sqrt(count);
        const items = Array.from({ length: deep }, (_, depth) => `${' '.repeat(depth)}- \`\`\`x`);
        return `${items.join('\n')}\n${'\n'.repeat(count)}${' '.repeat(deep)}x`;
      },
      'blanks behind a tick of a short line': count => `\`${' '.repeat(count)}x`,
      'blanks in a comment of a short line': count => `\`\`\`python\n# ${' '.repeat(count)}x\n`,
      'conflicts that do not end': count => '<<<<<<< HEAD\na\n'.repeat(count),
      'markers as HTML writes them': count => '&lt;&lt;&lt; SEARCH\n'.repeat(count),
      'a conflict that does not end': count => `<<<<<<< HEAD\n${'a\n'.repeat(count)}`,
      'blanks of another kind': count => `\u00a0${'\u00a0'.repeat(count * 4)}x\n`,
      'lines that stray behind a block': count =>
        `\`\`\`\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n${'x = 1\n# y\n'.repeat(count)}\`\`\`\n`,
      'files to compare with': count => 'Add it as in `a.py` like the one that `b.py`\n'.repeat(count),
      'comparisons in a short line': count => `Add the same ${'as we `a.py` '.repeat(count / 12)}`,
      'brackets and dots': count => `In ${'(a.b/'.repeat(count)}\n### ${'[x.y'.repeat(count)}\n`,
    };
    for (const [name, make] of Object.entries(hard)) {
      const read = (count: number) => {
        const text = make(count);
        return () => void readInstruction(text, options);
      };
      // A line of more characters names no file, and is read no further.
      assertGrowsWithSize(name.endsWith('short line') ? 1_900 : 20_000, read, name);
    }
  });
});
