import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  bytesOf,
  type Edit,
  ending,
  instructionOf,
  line,
  planText,
  resultOf,
  textOf,
} from './arbitraries.ts';
import { naiveEdit } from './naive.ts';

const lines = fc.array(line, { minLength: 1, maxLength: 12 });
/** Edits that mostly hit: SEARCH is cut from the file. */
const caseOf = (most: number) =>
  lines.chain(file =>
    fc.record({
      file: fc.constant(file),
      edits: fc.array(
        fc.record({
          from: fc.nat(file.length - 1),
          size: fc.integer({ min: 1, max: 3 }),
          keep: fc.constantFrom('none', 'before', 'after', 'both'),
          fresh: fc.array(fc.oneof(line, fc.constantFrom('inserted_line_of_some_length()', 'q')), {
            maxLength: 3,
          }),
        }),
        { minLength: 1, maxLength: most },
      ),
    }),
  );

function editOf(
  file: readonly string[],
  cut: { from: number; size: number; keep: string; fresh: readonly string[] },
): Edit {
  const search = file.slice(cut.from, cut.from + cut.size);
  const before = cut.keep === 'before' || cut.keep === 'both' ? search : [];
  const after = cut.keep === 'after' || cut.keep === 'both' ? search : [];
  return { search, replace: [...before, ...cut.fresh, ...after] };
}

describe('planning edits', () => {
  it('equals an independently written model where the model is defined', () => {
    let defined = 0;
    fc.assert(
      fc.property(caseOf(1), ending, fc.boolean(), ({ file, edits }, eol, final) => {
        const edit = editOf(file, edits[0] ?? { from: 0, size: 1, keep: 'none', fresh: [] });
        if (edit.search.every(each => each.trim() === '')) return;
        const text = file.join(eol) + (final ? eol : '');
        const wanted = naiveEdit(text, edit, eol);
        if (wanted === null) return;
        defined += 1;
        const plan = planText(text, instructionOf([edit]));
        assert.equal(plan.ok, true, plan.failures[0]?.message);
        assert.equal(resultOf(plan, text), wanted);
      }),
      { numRuns: 4000 },
    );
    assert.ok(defined > 300, `the model was defined ${defined} times`);
  });

  /** Counts the good plans, so that a property over none of them does not pass for one. */
  function twiceEqualsOnce(
    made: (edits: readonly Edit[]) => readonly Edit[],
    sound: (file: readonly string[], edits: readonly Edit[]) => boolean,
  ): void {
    let good = 0;
    fc.assert(
      fc.property(caseOf(3), ending, ({ file, edits }, eol) => {
        const cut = edits.map(each => editOf(file, each));
        const steps = made(cut.filter(edit => edit.search.some(each => each.trim() !== '')));
        if (!sound(file, steps)) return;
        const text = file.join(eol) + eol;
        const instruction = instructionOf(steps);
        const first = planText(text, instruction);
        const once = resultOf(first, text);
        if (!first.ok) return;
        good += 1;
        assert.equal(resultOf(planText(once, instruction), once), once);
      }),
      { numRuns: 8_000 },
    );
    assert.ok(good > 300, `a plan was good ${good} times`);
  }

  const asIs = (edits: readonly Edit[]): readonly Edit[] => edits;
  const marked = (edits: readonly Edit[]): readonly Edit[] =>
    edits.map((edit, at) => ({
      search: edit.search,
      replace: [...edit.replace, `the_mark_of_edit_number_${at}`],
    }));

  // Lines that are others with other blanks are what the ledger is for, and so are texts that only take out.
  const twins = (file: readonly string[], edits: readonly Edit[]): boolean => {
    const all = new Set([...file, ...edits.flatMap(edit => edit.replace)]);
    return new Set([...all].map(each => each.trim())).size < all.size;
  };

  it('done twice equals done once: one edit that puts something in', () => {
    const putsIn = ({ search, replace }: Edit): boolean =>
      replace.some(each => each.trim() !== '' && !search.includes(each));
    twiceEqualsOnce(asIs, (file, edits) => edits.length === 1 && edits.every(putsIn) && !twins(file, edits));
  });

  it('done twice equals done once: several edits, each with a line of its own', () => {
    twiceEqualsOnce(marked, (file, edits) => !twins(file, edits));
  });

  it('with the evidence of the first run, the second finds every step done', () => {
    fc.assert(
      fc.property(caseOf(3), ({ file, edits }) => {
        const steps = edits
          .map(cut => editOf(file, cut))
          .filter(edit => edit.search.some(each => each.trim() !== ''));
        const text = `${file.join('\n')}\n`;
        const instruction = instructionOf(steps);
        const first = planText(text, instruction);
        if (!first.ok) return;
        const evidence = first.steps.map(
          ({ stepNumber, contentHash, targetFile, beforeSha256, afterSha256 }) => ({
            stepNumber,
            contentHash,
            targetFile,
            beforeSha256,
            afterSha256,
          }),
        );
        const again = planText(resultOf(first, text), instruction, { evidence });
        assert.ok(again.ok);
        assert.ok(again.steps.every(step => step.outcome === 'already_applied'));
      }),
      { numRuns: 2000 },
    );
  });

  it('leaves every byte outside its place alone, whatever the bytes', () => {
    const raw = fc.array(
      fc.tuple(
        fc.uint8Array({ maxLength: 6 }).map(bytes => textOf(bytes).replace(/[\0\r\n]/g, '.')),
        fc.constantFrom('\n', '\r\n'),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(raw, raw, ending, fc.boolean(), (above, below, eol, mark) => {
        const join = (part: [string, string][]): string => part.map(each => each.join('')).join('');
        const head = (mark ? '\xef\xbb\xbf' : '') + join(above);
        const text = `${head}the_only_anchor_in_the_file${eol}${join(below)}`;
        const edit = {
          search: ['the_only_anchor_in_the_file'],
          replace: ['the_new_text_of_the_anchor', 'and_more'],
        };
        const plan = planText(text, instructionOf([edit]));
        assert.ok(plan.ok, plan.failures[0]?.message);
        assert.equal(
          resultOf(plan, text),
          `${head}the_new_text_of_the_anchor${eol}and_more${eol}${join(below)}`,
        );
        assert.deepEqual(bytesOf(text), plan.files[0]?.before);
      }),
      { numRuns: 1000 },
    );
  });

  it('writes nothing when any block fails', () => {
    fc.assert(
      fc.property(caseOf(2), ({ file, edits }) => {
        const steps = [
          ...edits.map(cut => editOf(file, cut)),
          { search: ['nothing like this is in there'], replace: ['x'] },
        ];
        const text = `${file.join('\n')}\n`;
        const plan = planText(text, instructionOf(steps));
        assert.equal(plan.ok, false);
        assert.equal(plan.files[0]?.after, null);
        assert.equal(plan.files[0]?.changed, false);
        assert.ok(plan.failures.length > 0);
      }),
      { numRuns: 500 },
    );
  });

  it('chains the hashes from the file as it was to the file as it will be', () => {
    fc.assert(
      fc.property(caseOf(3), ({ file, edits }) => {
        const text = `${file.join('\n')}\n`;
        const plan = planText(text, instructionOf(edits.map(cut => editOf(file, cut))));
        if (!plan.ok) return;
        let hash = plan.files[0]?.beforeSha256;
        for (const step of plan.steps) {
          assert.equal(step.beforeSha256, hash);
          hash = step.afterSha256;
        }
        assert.equal(hash, plan.files[0]?.afterSha256);
      }),
      { numRuns: 1000 },
    );
  });
});
