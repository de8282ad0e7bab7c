import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { appliedPrefix, type ChainStep } from '../../../shared/edit/chain.ts';
import { newFileText } from '../../../shared/edit/file-text.ts';

const prefixOf = (text: string, steps: readonly ChainStep[]): number =>
  appliedPrefix(newFileText(text), steps);

const one = { search: ['anchor'], replace: ['anchor', 'the first inserted line'] };
const two = { search: ['anchor'], replace: ['anchor', 'the second inserted line'] };

describe('the applied prefix of a chain', () => {
  it('is all of it when undoing and doing again gives the very bytes', () => {
    assert.equal(prefixOf('anchor\nthe second inserted line\nthe first inserted line\n', [one, two]), 2);
  });

  it('is nothing when doing it again would give other bytes', () => {
    assert.equal(prefixOf('anchor\nthe second inserted line \nthe first inserted line\n', [one, two]), 0);
  });

  it('ends before the first step that is not there', () => {
    assert.equal(prefixOf('anchor\nthe first inserted line\n', [one, two]), 1);
  });

  it('is nothing on a file as it was', () => assert.equal(prefixOf('anchor\n', [one, two]), 0));

  it('is nothing for a lone short text that may be there by chance', () => {
    assert.equal(prefixOf('x = 2\n', [{ search: ['x = 1'], replace: ['x = 2'] }]), 0);
  });

  it('leans a short text on the others only where they are all that there is for the file', () => {
    const short = { search: ['x = 1'], replace: ['x = 2'] };
    const text = 'x = 2\nanchor\nthe first inserted line\n';
    assert.equal(prefixOf(text, [short, one]), 2);
    assert.equal(
      prefixOf(text, [short, one, { search: ['more'], replace: ['a line that is not there'] }]),
      0,
    );
  });

  it('holds the steps that take back what others of a made file did', () => {
    const there = { search: ['a'], replace: ['b'] };
    const back = { search: ['b'], replace: ['a'] };
    assert.equal(prefixOf('a\n', [{ content: 'a\n' }, there, back, there, back]), 5);
  });

  it('holds deletions too where the document made the whole file', () => {
    const steps = [{ content: 'a\nb\nc\n' }, { search: ['b'], replace: [] }];
    assert.equal(prefixOf('a\nc\n', steps), 2);
    assert.equal(prefixOf('a\nb\nc\n', steps), 1);
    assert.equal(prefixOf('a\n', steps), 0);
  });
});
