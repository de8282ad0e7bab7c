// The tables of docs/operations.md on the cost say what follows from what was counted and from the prices.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { counted } from '../bench/cost/counted.ts';
import { costSection, withSection } from '../bench/cost/page.ts';

test('the cost in docs/operations.md is computed, to the last figure', () => {
  const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  assert.equal(page, withSection(page, costSection(counted)), 'npm run bench:cost writes it anew');
});
