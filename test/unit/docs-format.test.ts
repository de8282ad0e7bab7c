import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { planInstruction } from '../../shared/edit/plan.ts';
import type { FileState, Plan } from '../../shared/edit/types.ts';
import { readInstruction } from '../../shared/instruction/read.ts';

// docs/instruction-format.md is run: each `~~~~markdown instruction` on the files of the `before` fences above it, and what
// comes of it is compared with the `result` and `after` fences below it.

interface Example {
  readonly instruction: string;
  readonly line: number;
  readonly before: Map<string, string>;
  readonly after: Map<string, string>;
  result: string[] | null;
}

function examplesOf(page: string): Example[] {
  const examples: Example[] = [];
  let before = new Map<string, string>();
  const fences = page.matchAll(/^~~~~(\w+) (\w+)(?: (\S+))?\n([\s\S]*?)^~~~~$/gm);
  for (const [, , role, path = '', text = ''] of fences) {
    const last = examples.at(-1);
    if (role === 'before') before.set(path, text);
    else if (role === 'instruction') {
      const line = page.slice(0, page.indexOf(text)).split('\n').length;
      examples.push({ instruction: text, line, before, after: new Map(), result: null });
      before = new Map();
    } else if (role === 'result' && last !== undefined) last.result = text.trimEnd().split('\n');
    else if (role === 'after') last?.after.set(path, text);
  }
  return examples;
}

function planOf(example: Example): Plan {
  const files = new Map<string, FileState>(
    [...example.before].map(([path, text]) => [
      path,
      { kind: 'file', bytes: new TextEncoder().encode(text) },
    ]),
  );
  return planInstruction(readInstruction(example.instruction, { pathPrefixes: ['/ganuda'] }), files, {
    sha256: bytes => createHash('sha256').update(bytes).digest('hex'),
    overwrite: false,
    evidence: [],
  });
}

function resultOf(plan: Plan): string[] {
  return plan.blocks.map(block => {
    const step = plan.steps.find(each => each.stepNumber === block.stepNumber);
    if (step === undefined) return [block.disposition, block.code].filter(each => each !== null).join(' ');
    return [
      'step',
      step.stepType,
      step.targetFile,
      step.outcome,
      ...(step.error === null ? [] : [step.error.code]),
    ].join(' ');
  });
}

const page = readFileSync(new URL('../../docs/instruction-format.md', import.meta.url), 'utf8');

describe('docs/instruction-format.md', () => {
  const examples = examplesOf(page);
  it('has an example for every rule', () => assert.ok(examples.length >= 14, `${examples.length} examples`));

  for (const example of examples) {
    const title = /^# (.*)$/m.exec(example.instruction)?.[1] ?? 'untitled';
    it(`the example "${title}" on line ${example.line} does what the page says`, () => {
      const plan = planOf(example);
      assert.deepEqual(resultOf(plan), example.result);
      for (const [path, text] of example.after) {
        const file = plan.files.find(each => each.path === path);
        assert.ok(file?.after, `${path} is not written`);
        assert.equal(new TextDecoder().decode(file.after), text);
      }
    });
  }
});
