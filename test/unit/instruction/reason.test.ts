import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInstruction } from '../../../shared/instruction/read.ts';

const reasonOf = (label: string, language = 'python') =>
  readInstruction(`File: \`app.py\`\n\n${label}\n\`\`\`${language}\nx = 1\n\`\`\`\n`, {
    pathPrefixes: [],
  }).blocks[0]?.reason;

test('old lines outside a block are told to go into one with the new lines, whatever language they have', () => {
  for (const label of ['SEARCH:', '**Current** (line 67-68):', 'Find:']) {
    assert.match(
      reasonOf(label) ?? '',
      /^It shows the old lines of an edit .* one block: <<<<<<< SEARCH/,
      label,
    );
  }
  assert.match(reasonOf('SEARCH:', 'bash') ?? '', /^It shows the old lines of an edit/);
});

test('what only shows something is told how to become a file', () => {
  assert.match(reasonOf('Expected output:') ?? '', /^It shows, checks or explains .* write Create `path`/);
  assert.match(reasonOf('Run:', 'bash') ?? '', /^Commands are never run/);
});
