import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { syntaxChecker } from '../../shared/adapters/syntax/checker.ts';
import { sha256 } from '../../shared/adapters/workspace/file-bytes.ts';
import { planInstruction, targetFiles } from '../../shared/edit/plan.ts';
import { guardSyntax } from '../../shared/edit/syntax.ts';
import type { FileState } from '../../shared/edit/types.ts';
import { readInstruction } from '../../shared/instruction/read.ts';
import type { Instruction } from '../../shared/instruction/types.ts';

// Documents a second on one core, read and planned, over ../shared/corpus when it is there and over documents made here
// otherwise. Goal: 2,000 typical documents a second. Each document's files are made from its own SEARCH texts.

const options = { pathPrefixes: ['/ganuda'] };

function corpus(): string[] {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/corpus');
  if (!existsSync(folder)) return Array.from({ length: 50 }, (_, seed) => generated(seed, 6));
  const names = readdirSync(folder).filter(name => name.endsWith('.md') && name !== 'README.md');
  return names.map(name => readFileSync(join(folder, name), 'utf8'));
}

/** A document of so many blocks: half of them edits of one file, half new files. */
export function generated(seed: number, blocks: number): string {
  const parts = [`# Task ${seed}\n\n**Priority**: P1\n**Kanban**: #${seed}\n`];
  for (let at = 0; at < blocks; at += 1) {
    const body = Array.from(
      { length: 12 },
      (_, line) => `    value_${seed}_${at}_${line} = compute(${line})`,
    ).join('\n');
    parts.push(
      at % 2 === 0
        ? `## Step ${at}: edit\n\nFile: \`lib/worker_${seed}.py\`\n\n<<<<<<< SEARCH\ndef step_${at}():\n    pass\n=======\ndef step_${at}():\n${body}\n>>>>>>> REPLACE\n`
        : `## Step ${at}: create\n\nCreate \`lib/new_${seed}_${at}.py\`\n\n\`\`\`python\ndef f():\n${body}\n\`\`\`\n`,
    );
  }
  parts.push('## Verification\n\n```bash\nnpm test\n```\n');
  return parts.join('\n');
}

/** Files in which every edit of a document can be made, with some 800 lines around each of them. */
export function filesFor(instruction: Instruction, filler = 800): Map<string, FileState> {
  const padding = Array.from({ length: filler }, (_, line) => `# line ${line} of the file as it stands`).join(
    '\n',
  );
  const files = new Map<string, FileState>();
  const texts = new Map<string, string[]>();
  for (const step of instruction.steps) {
    const text = texts.get(step.targetFile) ?? [`${padding}\n`];
    if (step.stepType === 'search_replace') texts.set(step.targetFile, [...text, step.search]);
    else if (!texts.has(step.targetFile)) files.set(step.targetFile, { kind: 'missing' });
  }
  for (const [path, text] of texts) {
    files.set(path, { kind: 'file', bytes: new TextEncoder().encode(text.join('\n')) });
  }
  return files;
}

async function measure(): Promise<void> {
  const texts = corpus();
  const loaded = texts.map(text => filesFor(readInstruction(text, options)));
  const rounds = 40;
  let reading = 0;
  let locating = 0;
  let steps = 0;
  for (let round = -5; round < rounds; round += 1) {
    texts.forEach((text, at) => {
      const start = performance.now();
      const instruction = readInstruction(text, options);
      targetFiles(instruction);
      const read = performance.now();
      planInstruction(instruction, loaded[at] ?? new Map(), { sha256, overwrite: false, evidence: [] });
      const end = performance.now();
      if (round < 0) return; // Warming up.
      reading += read - start;
      locating += end - read;
      steps += instruction.steps.length;
    });
  }
  const documents = rounds * texts.length;
  const total = reading + locating;
  const share = (part: number): string => `${Math.round((part / total) * 100)} %`;
  console.log(`${documents} documents, ${steps} steps in ${Math.round(total)} ms`);
  console.log(`${Math.round((documents / total) * 1000)} documents a second`);
  console.log(`reading ${share(reading)}, locating ${share(locating)}`);
  await measureSyntax(texts, loaded, total / rounds);

  const big = generated(1, 10_000);
  const start = performance.now();
  const instruction = readInstruction(big, options);
  const files = filesFor(instruction);
  const from = performance.now();
  const plan = planInstruction(instruction, files, { sha256, overwrite: false, evidence: [] });
  const ms = from - start + (performance.now() - from);
  console.log(
    `${(big.length / 1e6).toFixed(1)} MB with ${plan.steps.length} steps in ${Math.round(ms)} ms, ok: ${plan.ok}`,
  );
}

/** The same documents once more with the syntax check, which is not part of the goal. `without` is their time in ms. */
async function measureSyntax(
  texts: readonly string[],
  loaded: readonly Map<string, FileState>[],
  without: number,
): Promise<void> {
  const checker = syntaxChecker({ onFault: (path, error) => console.error(`${path}: ${error}`) });
  const plans = texts.map((text, at) => {
    const instruction = readInstruction(text, options);
    const plan = planInstruction(instruction, loaded[at] ?? new Map(), {
      sha256,
      overwrite: false,
      evidence: [],
    });
    return { plan, steps: instruction.steps };
  });
  let checking = 0;
  for (const round of [0, 1, 2]) {
    const start = performance.now();
    for (const { plan, steps } of plans) await guardSyntax(plan, steps, checker);
    if (round > 0) checking += (performance.now() - start) / 2; // The first loads the grammars.
  }
  const share = Math.round((checking / (checking + without)) * 100);
  const rate = Math.round((texts.length / (checking + without)) * 1000);
  console.log(`with syntax checks ${rate} documents a second; they take ${share} % of the time`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await measure();
