import type { Block, Instruction } from './types.ts';

/** Which door a document belongs to, with a sentence for who handed it in. */
export interface Route {
  /**
   * - `executable`: it has at least one block that is a step;
   * - `planning`: it has words and no block that asks for a change, as a plan or a piece of research has;
   * - `neither`: it is empty, holds nothing but what is never executed, or asks for changes only in ways that cannot be
   *   executed.
   */
  readonly door: 'executable' | 'planning' | 'neither';
  readonly explanation: string;
}

const howTo =
  'For a new file, write Create `path` and below it a fence with the whole content; for an edit, write File: `path` and below it a SEARCH/REPLACE block.';

/** Decides by the blocks of a document alone, never by a word in its title. `text` is what the instruction was read from. */
export function routeOf({ blocks, steps }: Instruction, text: string): Route {
  const [step] = steps;
  if (step !== undefined) {
    return {
      door: 'executable',
      explanation: `It has ${count(steps.length, 'step')}, the first on line ${step.line}.`,
    };
  }
  const rejected = blocks.filter(({ disposition }) => disposition === 'rejected');
  const [first] = rejected;
  if (first !== undefined) {
    return {
      door: 'neither',
      explanation: `The document asks for changes in ${count(rejected.length, 'block')} and none of them can be executed. Line ${first.line}: ${first.code}: ${first.reason}`,
    };
  }
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.every(line => line.trim() === '')) {
    return { door: 'neither', explanation: `The document is empty. ${howTo}` };
  }
  if (!hasProse(lines, blocks)) {
    return {
      door: 'neither',
      explanation: `The document holds ${shown(blocks)} and no word besides: nothing in it can be executed. ${howTo}`,
    };
  }
  const besides = blocks.length === 0 ? '' : `; ${shown(blocks)}`;
  return {
    door: 'planning',
    explanation: `The document has no Create block and no SEARCH/REPLACE block${besides}. It is a planning or research task, for a person or a model to answer; only documents with blocks are executed here. ${howTo}`,
  };
}

/** Whether there is a line of text outside the blocks that is no heading. */
function hasProse(lines: readonly string[], blocks: readonly Block[]): boolean {
  return lines.some(
    (line, at) =>
      /\p{L}/u.test(line) &&
      !/^\s*#/.test(line) &&
      !blocks.some(({ line: from, endLine }) => at + 1 >= from && at + 1 <= endLine),
  );
}

function shown(blocks: readonly Block[]): string {
  const [first] = blocks;
  const some = blocks.length === 1 ? 'its one fence is' : `its ${blocks.length} fences are`;
  return first === undefined
    ? 'headings'
    : `${some} not executed (line ${first.line}: ${first.reason ?? 'only read'})`;
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
