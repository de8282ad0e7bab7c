import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ErrorCode } from '../../../shared/domain/failure.ts';
import { planInstruction } from '../../../shared/edit/plan.ts';
import type { FileState, Plan } from '../../../shared/edit/types.ts';
import { readMeta } from '../../../shared/instruction/meta.ts';
import { readInstruction } from '../../../shared/instruction/read.ts';

// Every folder of test/scenarios is one nasty case: `task.md`, the workspace before (`input/`) and after (`expected/`),
// and `expect.json`. Bytes that a checkout might change (line endings, marks) stand in expect.json, a character a byte.

interface Expectation {
  /** Disposition of each block in order, with the code of a rejected one: `rejected PATH_MISSING`. */
  readonly blocks: readonly string[];
  /** Each step: `create a.py ready`, `edit b.py failed SEARCH_NOT_FOUND`. */
  readonly steps: readonly string[];
  /** Texts that the plan's messages, reasons or nearest places must hold. */
  readonly says?: readonly string[];
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly overwrite?: boolean;
  readonly allow?: readonly ErrorCode[];
  /** What a second run says: every step applied already, unless told otherwise. */
  readonly again?: string;
  readonly input?: Readonly<Record<string, string>>;
  readonly expected?: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('../../scenarios', import.meta.url));

function filesUnder(folder: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  if (!existsSync(folder)) return files;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(relative(folder, path), new Uint8Array(readFileSync(path)));
  }
  return files;
}

function overlay(
  files: Map<string, Uint8Array>,
  texts: Readonly<Record<string, string>> = {},
): Map<string, Uint8Array> {
  for (const [path, text] of Object.entries(texts))
    files.set(path, Uint8Array.from(Buffer.from(text, 'latin1')));
  return files;
}

function planned(text: string, workspace: ReadonlyMap<string, Uint8Array>, expect: Expectation): Plan {
  const states = new Map<string, FileState>(
    [...workspace].map(([path, bytes]) => [path, { kind: 'file', bytes }]),
  );
  return planInstruction(readInstruction(text, { pathPrefixes: ['/ganuda'] }), states, {
    sha256: bytes => createHash('sha256').update(bytes).digest('hex'),
    overwrite: expect.overwrite ?? false,
    evidence: [],
    allow: expect.allow ?? [],
  });
}

function stepWords(plan: Plan): string[] {
  return plan.steps.map(step => {
    const type = step.stepType === 'create' ? 'create' : 'edit';
    return [type, step.targetFile, step.outcome, ...(step.error === null ? [] : [step.error.code])].join(' ');
  });
}

function written(plan: Plan, before: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  const after = new Map(before);
  if (plan.ok) for (const file of plan.files) if (file.after !== null) after.set(file.path, file.after);
  return after;
}

function printable(files: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries(
    [...files].sort().map(([path, bytes]) => [path, Buffer.from(bytes).toString('latin1')]),
  );
}

const names = readdirSync(root).filter(name => existsSync(join(root, name, 'task.md')));

describe('scenarios', () => {
  it('are at least 150', () => assert.ok(names.length >= 150, `${names.length} scenarios`));

  for (const name of names) {
    it(name.replace(/^\d+_/, '').replaceAll('_', ' '), () => {
      const folder = join(root, name);
      const text = readFileSync(join(folder, 'task.md'), 'utf8');
      const expect = JSON.parse(readFileSync(join(folder, 'expect.json'), 'utf8')) as Expectation; // Written by hand, checked by use.
      const before = overlay(filesUnder(join(folder, 'input')), expect.input);
      const plan = planned(text, before, expect);

      assert.deepEqual(
        plan.blocks.map(block =>
          block.code === null ? block.disposition : `${block.disposition} ${block.code}`,
        ),
        expect.blocks,
      );
      for (const block of plan.blocks) assert.equal(block.reason === null, block.disposition === 'step');
      assert.deepEqual(stepWords(plan), expect.steps);
      const said = [
        ...plan.failures.map(
          each => `${each.code} ${each.message} ${each.nearest?.diff ?? ''} line ${each.line}`,
        ),
        ...plan.blocks.map(block => block.reason ?? ''),
      ].join('\n');
      for (const text of expect.says ?? [])
        assert.ok(said.includes(text), `"${text}" is not said in:\n${said}`);
      const meta = readMeta(text);
      for (const [key, value] of Object.entries(expect.meta ?? {})) {
        assert.deepEqual({ ...meta }[key as keyof typeof meta], value, key); // Keys as written in expect.json.
      }

      const after = written(plan, before);
      const wanted = overlay(
        plan.ok ? filesUnder(join(folder, 'expected')) : new Map(before),
        expect.expected,
      );
      for (const [path, bytes] of before) if (!wanted.has(path)) wanted.set(path, bytes);
      assert.deepEqual(printable(after), printable(wanted));
      if (!plan.ok) return;

      // Invariant 5: a second run changes nothing, and says so.
      const second = planned(text, after, { ...expect, overwrite: false });
      if (expect.again === undefined) {
        assert.deepEqual(
          second.steps.map(step => step.outcome),
          plan.steps.map(() => 'already_applied'),
        );
        assert.ok(second.ok);
      } else assert.deepEqual([...new Set(second.failures.map(each => each.code))].join(' '), expect.again);
      assert.deepEqual(printable(written(second, after)), printable(after));
    });
  }
});
