import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A document, the files it needs and the files it makes, cut out of its text by two plain patterns. */
export interface SeedDocument {
  readonly name: string;
  readonly text: string;
  /** Path to content, with \r\n in one of them. */
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
}

const fixtures = fileURLToPath(new URL('../fixtures/main-job/', import.meta.url));
const seeds = fileURLToPath(new URL('../../../shared/seeds/', import.meta.url));

/** The two seeds of the project where they are beside the checkout, else two documents like them. */
export function seedDocuments(): SeedDocument[] {
  const real = ['dlq-wiring.md', 'checkpointing-wiring.md'].map(name => `${seeds}${name}`);
  const own = ['queue-wiring.md', 'step-tracking.md'].map(name => `${fixtures}${name}`);
  return (real.every(path => existsSync(path)) ? real : own).map(readSeed);
}

/** The fixtures of this repository, always. */
export function fixtureDocuments(): SeedDocument[] {
  return ['queue-wiring.md', 'step-tracking.md'].map(name => readSeed(`${fixtures}${name}`));
}

/** Not our reader: what the documents mean is said here a second time, as simply as these four allow. */
function readSeed(path: string): SeedDocument {
  const text = readFileSync(path, 'utf8');
  const before = new Map<string, string>();
  const after = new Map<string, string>();
  for (const [, file = '', content = ''] of text.matchAll(
    /^Create `\/ganuda\/([^`]+)`\n\n```python\n([\s\S]*?)\n```$/gm,
  )) {
    after.set(file, `${content}\n`);
  }
  const edit =
    /^File: `([^`]+)`\n\n```python\n<{7} SEARCH\n([\s\S]*?)\n={7}\n([\s\S]*?)\n>{7} REPLACE\n```$/gm;
  for (const [, file = '', search = '', replace = ''] of text.matchAll(edit)) {
    const around = (middle: string) => `# ${file}\n# caf\u00e9\n\n${middle}\n\n# the end, without a newline`;
    before.set(file, around(search));
    after.set(file, around(replace));
  }
  return { name: path.split('/').at(-1) ?? path, text, before, after };
}
