import assert from 'node:assert/strict';
import { test } from 'node:test';
import { titleOf } from '../../../shared/domain/title.ts';
import { incoming } from '../../support/submissions.ts';

const title = (fields: Parameters<typeof incoming>[0]) =>
  titleOf(incoming({ title: null, ...fields }).submission);

test('the sender decides', () => assert.equal(title({ title: 'Mine' }), 'Mine'));
test('else the first heading', () =>
  assert.equal(title({ instructionContent: 'x\n\n## The heading \r\n' }), 'The heading'));
test('else the name of the file', () =>
  assert.equal(title({ instructionContent: null, instructionFile: '/ganuda/docs/X.md' }), 'X.md'));
test('else something', () => assert.equal(title({ instructionContent: 'no heading' }), 'Untitled task'));
