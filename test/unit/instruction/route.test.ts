import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readInstruction } from '../../../shared/instruction/read.ts';
import { routeOf } from '../../../shared/instruction/route.ts';
import { createDocument, editDocument } from '../../support/messages.ts';

const route = (text: string) => routeOf(readInstruction(text, { pathPrefixes: ['/ganuda'] }), text);

describe('which door a document belongs to', () => {
  const cases: [name: string, text: string, door: string, explanation: RegExp][] = [
    ['a whole file', createDocument('a.txt', 'x'), 'executable', /1 step, the first on line 5/],
    ['an edit', editDocument('a.txt', 'a', 'b'), 'executable', /1 step/],
    [
      'an edit whose title says research and planning',
      `# Research: planning the roadmap\n\n${editDocument('a.txt', 'a', 'b')}`,
      'executable',
      /1 step/,
    ],
    [
      'words without a block, whatever the title says',
      '# Implement the cache\n\nCompare three designs.\n',
      'planning',
      /no Create block and no SEARCH\/REPLACE block\. It is a planning or research task/,
    ],
    [
      'words with an example',
      '# Notes\n\nIt looks like this:\n\n```python\nx = 1\n```\n',
      'planning',
      /its one fence is not executed \(line 5: /,
    ],
    ['nothing', ' \n\r\n', 'neither', /^The document is empty\. For a new file/],
    ['commands only', '# Restart\n\n```bash\nreboot\n```\n', 'neither', /line 3: Commands are never run/],
    ['headings only', '# One\n\n## Two\n', 'neither', /holds headings and no word besides/],
    [
      'changes that none can be executed',
      'Modify `a.py`\n\n```python\nx = 1\n```\n',
      'neither',
      /asks for changes in 1 block and none of them can be executed\. Line 3: EDIT_WITHOUT_SEARCH: /,
    ],
  ];
  for (const [name, text, door, explanation] of cases) {
    test(`${name}: ${door}`, () => {
      const answer = route(text);
      assert.equal(answer.door, door);
      assert.match(answer.explanation, explanation);
    });
  }

  test('one step is enough, whatever is wrong besides', () => {
    const text = `${createDocument('a.txt', 'x')}\nModify \`b.py\`\n\n\`\`\`python\nx = 1\n\`\`\`\n`;
    assert.equal(route(text).door, 'executable');
  });
});
