import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failure } from '../../../shared/domain/failure.ts';
import { mostFileBytes } from '../../../shared/domain/file-size.ts';
import { planInstruction, targetFiles } from '../../../shared/edit/plan.ts';
import type { FileState, StepEvidence } from '../../../shared/edit/types.ts';
import { readInstruction } from '../../../shared/instruction/read.ts';
import { filesFor, generated } from '../../bench/plan.ts';
import { assertGrowsWithSize } from '../../support/growth.ts';
import { bytesOf, type Edit, instructionOf, openOptions, planText, resultOf, sha256 } from './arbitraries.ts';

const short = instructionOf([{ search: ['x = 1'], replace: ['x = 2'] }]);
const cut = instructionOf([{ search: ['gone'], replace: [] }]);

function evidenceOf(plan: ReturnType<typeof planText>): StepEvidence[] {
  return plan.steps.map(({ stepNumber, contentHash, targetFile, beforeSha256, afterSha256 }) => ({
    stepNumber,
    contentHash,
    targetFile,
    beforeSha256,
    afterSha256,
  }));
}

describe('evidence of the ledger', () => {
  it('lets a deletion and a short text count as done', () => {
    for (const [instruction, before, after] of [
      [short, 'x = 1\n', 'x = 2\n'],
      [cut, 'a\ngone\n', 'a\n'],
    ] as const) {
      const first = planText(before, instruction);
      assert.equal(resultOf(first, before), after);
      assert.equal(planText(after, instruction).ok, false);
      const again = planText(after, instruction, { evidence: evidenceOf(first) });
      assert.deepEqual(
        again.steps.map(step => step.outcome),
        ['already_applied'],
      );
      assert.equal(again.files[0]?.changed, false);
    }
  });

  it('counts for nothing once the file has changed', () => {
    const evidence = evidenceOf(planText('x = 1\n', short));
    const plan = planText('x = 2\n# by hand\n', short, { evidence });
    assert.deepEqual(
      plan.failures.map(each => each.code),
      ['SEARCH_NOT_FOUND'],
    );
  });

  it('counts for nothing when the step is another one', () => {
    const evidence = evidenceOf(planText('x = 1\n', short)).map(each => ({ ...each, contentHash: 'other' }));
    assert.equal(planText('x = 2\n', short, { evidence }).ok, false);
  });

  it('does not keep an edit from being made on the file as it was', () => {
    const evidence = evidenceOf(planText('x = 1\n', short));
    assert.equal(resultOf(planText('x = 1\n', short, { evidence }), null), 'x = 2\n');
  });
});

describe('a plan', () => {
  it('names each file once, in the order of the steps', () => {
    const text = 'File: `b`.py\n';
    assert.deepEqual(targetFiles(readInstruction(text, { pathPrefixes: [] })), []);
    const instruction = readInstruction(generated(1, 6), { pathPrefixes: [] });
    assert.deepEqual(targetFiles(instruction), [
      'lib/worker_1.py',
      'lib/new_1_1.py',
      'lib/new_1_3.py',
      'lib/new_1_5.py',
    ]);
  });

  it('takes the failure of a path that may not be used, with the line of the step', () => {
    const refused: FileState = {
      kind: 'refused',
      failure: failure('PATH_FORBIDDEN', 'f.txt leads out of the workspace.'),
    };
    const plan = planInstruction(short, new Map([['f.txt', refused]]), openOptions);
    assert.deepEqual(plan.failures, [
      { code: 'PATH_FORBIDDEN', message: 'f.txt leads out of the workspace.', line: 1, nearest: null },
    ]);
  });

  it('holds no more steps, characters and bytes than the limits', () => {
    const codes = (limits: object): (string | undefined)[] => {
      const instruction = { ...short, length: 50 };
      return [...new Set(planText('x = 1\n', instruction, { limits }).failures.map(each => each.code))];
    };
    assert.deepEqual(codes({ steps: 0 }), ['LIMIT_EXCEEDED']);
    assert.deepEqual(codes({ documentLength: 49 }), ['LIMIT_EXCEEDED']);
    assert.deepEqual(codes({ fileBytes: 3 }), ['LIMIT_EXCEEDED']);
    assert.deepEqual(codes({ fileBytes: 6, documentLength: 50, steps: 1 }), []);
  });

  it('makes no file that would be too large to be read again', () => {
    const content = `${'x'.repeat(mostFileBytes)}\n`;
    const plan = planText(null, instructionOf([{ content }]));
    assert.deepEqual(
      plan.failures.map(({ code }) => code),
      ['LIMIT_EXCEEDED'],
    );
  });

  it('protects the paths it is told to', () => {
    const guards = { protectedPaths: ['*.txt'] };
    const plan = planText('x = 1\n', short, { guards, allow: [] });
    assert.deepEqual(
      plan.failures.map(each => [each.code, each.line]),
      [['PATH_PROTECTED', 1]],
    );
    assert.equal(planText('x = 1\n', short, { guards, allow: ['PATH_PROTECTED'] }).ok, true);
  });

  it('gives a step the same content hash on every attempt and another one a different', () => {
    const hash = (text: string): string | undefined =>
      planText('x = 1\n', instructionOf([{ search: ['x = 1'], replace: [text] }])).steps[0]?.contentHash;
    assert.equal(hash('a'), hash('a'));
    assert.notEqual(hash('a'), hash('b'));
  });

  it('shows the nearest place with line numbers, similarity and the lines that differ', () => {
    const plan = planText(
      'one\ndef run(self):\n    return old(1)\ntwo\n',
      instructionOf([{ search: ['def run(self):', '    return old(2)'], replace: ['x'] }]),
    );
    const nearest = plan.failures[0]?.nearest;
    assert.deepEqual([nearest?.line, nearest?.endLine], [2, 3]);
    assert.ok((nearest?.similarity ?? 0) > 0.8);
    assert.equal(nearest?.diff, ' def run(self):\n-    return old(2)\n+    return old(1)');
  });

  it('of ten thousand blocks in five megabytes takes time in proportion to them, also when all are applied', () => {
    const work = (blocks: number) => {
      const text = generated(1, blocks);
      const instruction = readInstruction(text, { pathPrefixes: [] });
      const files = filesFor(instruction);
      const made = new Map<string, FileState>(
        planInstruction(instruction, files, openOptions).files.map(file => [
          file.path,
          { kind: 'file', bytes: file.after ?? new Uint8Array() },
        ]),
      );
      return () => {
        const plan = planInstruction(readInstruction(text, { pathPrefixes: [] }), files, openOptions);
        assert.equal(plan.ok, true, plan.failures[0]?.message);
        assert.equal(plan.steps.length, blocks);
        const again = planInstruction(instruction, made, openOptions);
        assert.ok(again.steps.every(step => step.outcome === 'already_applied'));
      };
    };
    assert.ok(generated(1, 10_000).length > 4_500_000);
    assertGrowsWithSize(10_000, work);
  });

  it('of many blocks that are not found takes time in proportion to them', () => {
    const work = (blocks: number) => () => {
      const steps = Array.from({ length: blocks }, (_, at) => ({
        search: [`missing line number ${at}`],
        replace: ['x'],
      }));
      const text = Array.from({ length: 5_000 }, (_, at) => `a line of the file, number ${at}`).join('\n');
      assert.equal(planText(text, instructionOf(steps)).failures.length, blocks);
    };
    assertGrowsWithSize(2_000, work);
  });

  it('of texts that repeat themselves takes time in proportion to them, found or not', () => {
    const equal = (lines: number, ...last: string[]) => [...Array<string>(lines).fill('a'), ...last];
    const hard: Record<string, (lines: number) => Edit> = {
      'all lines equal': lines => ({ search: equal(lines), replace: ['b'] }),
      'all but one that is missing': lines => ({ search: equal(lines, 'c'), replace: ['b'] }),
      'at another depth': lines => ({ search: equal(lines, 'c').map(line => ` ${line}`), replace: ['b'] }),
      'more of the same': lines => ({ search: equal(lines), replace: equal(2 * lines) }),
      'fewer of the same': lines => ({ search: equal(lines, 'b'), replace: equal(lines) }),
    };
    for (const [name, edit] of Object.entries(hard)) {
      const work = (lines: number) => {
        const text = `${equal(2 * lines, 'd').join('\n')}\n`;
        const instruction = instructionOf([edit(lines)]);
        return () => void planText(text, instruction);
      };
      assertGrowsWithSize(16_000, work, name);
    }
  });

  it('of blocks that lean on one another takes time in proportion to them', () => {
    const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);
    const hard: Record<string, (count: number) => { text: string; edits: Edit[] }> = {
      'insertions at one line': count => ({
        text: 'anchor\n',
        edits: numbers(count).map(at => ({ search: ['anchor'], replace: ['anchor', `inserted ${at}`] })),
      }),
      'edits of what the first inserted': count => ({
        text: 'anchor\n',
        edits: [
          { search: ['anchor'], replace: ['anchor', ...numbers(count).map(at => `line ${at}`)] },
          ...numbers(count).map(at => ({ search: [`line ${at}`], replace: [`line ${at} anew`] })),
        ],
      }),
      'moves that are made': count => ({
        text: numbers(count)
          .map(at => `anchor ${at}\n\nmoved ${at}\n`)
          .join(''),
        edits: [
          ...numbers(count).map(at => ({ search: [`moved ${at}`], replace: [] })),
          ...numbers(count).map(at => ({
            search: [`anchor ${at}`],
            replace: [`anchor ${at}`, '', `moved ${at}`],
          })),
        ],
      }),
    };
    for (const [name, make] of Object.entries(hard)) {
      const work = (count: number) => {
        const { text, edits } = make(count);
        const instruction = instructionOf(edits);
        return () => void planText(text, instruction);
      };
      assertGrowsWithSize(6_000, work, name);
    }
  });

  it('of a block that can be cut at many lines takes time in proportion to them', () => {
    const work = (dividers: number) => {
      const text = `File: \`f.txt\`\n\n<<<<<<< SEARCH\nanchor\n${'=======\nx\n'.repeat(dividers)}>>>>>>> REPLACE\n`;
      const instruction = readInstruction(text, { pathPrefixes: [] });
      return () => void planText('anchor\nx\n', instruction);
    };
    assertGrowsWithSize(8_000, work);
  });

  it('does not take an edit for made where SEARCH stands at more places than are looked at', () => {
    const made = 'x = 1\ncall_the_other_function_now()\n'.repeat(1_000);
    const edits = [{ search: ['x = 1'], replace: ['x = 1', 'call_the_other_function_now()'] }];
    for (const text of [`${made}x = 1\n`, `x = 1\n${made}`]) {
      const plan = planText(text, instructionOf(edits));
      assert.deepEqual(
        plan.failures.map(each => each.code),
        ['SEARCH_AMBIGUOUS'],
      );
      assert.match(plan.failures[0]?.message ?? '', /1000 or more places/);
    }
  });

  it('hashes what it would write', () => {
    const plan = planText('x = 1\n', short);
    assert.equal(plan.files[0]?.afterSha256, sha256(bytesOf('x = 2\n')));
    assert.equal(plan.steps[0]?.beforeSha256, sha256(bytesOf('x = 1\n')));
  });
});
