// The languages' own parsers as judges, where they are installed. A false alarm keeps somebody's work from being done,
// so there may be none; a miss costs no more than having no check.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { syntaxChecker } from '../../shared/adapters/syntax/checker.ts';

const checker = syntaxChecker({
  onFault: (path, error) => assert.fail(`${path} could not be checked: ${error}`),
});

interface Sample {
  readonly name: string;
  readonly text: string;
}

const mostCharacters = 30_000;

function readSamples(files: readonly string[], most: number): Sample[] {
  const every = Math.max(1, Math.floor(files.length / most));
  return files
    .filter((_, at) => at % every === 0)
    .filter(file => existsSync(file) && statSync(file).isFile() && statSync(file).size <= mostCharacters)
    .map(file => ({ name: file, text: readFileSync(file, 'utf8') }))
    .filter(({ text }) => !text.includes('\ufffd') && !text.includes('\0'));
}

/** The sample and so many copies of it, each damaged as an edit could. Always the same ones. */
function* withDamages(samples: readonly Sample[], copies: number): Generator<Sample> {
  let seed = 1;
  const below = (most: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * most);
  };
  for (const { name, text } of samples) {
    yield { name, text };
    for (let copy = 0; copy < copies; copy += 1) {
      const lines = text.split('\n');
      const at = below(lines.length);
      const line = lines[at] ?? '';
      const other = below(lines.length);
      const cut = below(line.length + 1);
      const damages: readonly (() => unknown)[] = [
        () => lines.splice(at, 1 + below(4)),
        () => lines.splice(at, 0, ...lines.slice(other, other + 1 + below(5))),
        () => lines.splice(at, 1, `  ${line}`),
        () => lines.splice(at, 1, line.replace(/^ {2}/, '')),
        () => lines.splice(at, 1, line.replace(/^ {8}/, '\t')),
        () => lines.splice(at, 1, line.replace(/[()[\]{}:,'"]/, '')),
        () => lines.splice(at, 1, line.slice(0, cut) + line.slice(cut + 1)),
        () => lines.splice(at, 1, `${line.slice(0, cut)}${'()[]{}:,"\'#\\ =;'[below(15)]}${line.slice(cut)}`),
      ];
      const kind = below(damages.length);
      damages[kind]?.();
      yield { name: `${name} (copy ${copy}, damage ${kind}, line ${at + 1})`, text: lines.join('\n') };
    }
  }
}

/** Compares verdicts. Answers how many of the invalid texts were found out. */
async function compare(
  path: string,
  samples: readonly Sample[],
  isValid: readonly boolean[],
): Promise<{ found: number; invalid: number }> {
  let [found, invalid] = [0, 0];
  for (const [at, { name, text }] of samples.entries()) {
    const problem = await checker.check(path, new TextEncoder().encode(text));
    if (isValid[at]) assert.equal(problem, null, `${name} is valid: ${JSON.stringify(problem)}`);
    else invalid += 1;
    if (!isValid[at] && problem !== null) found += 1;
  }
  return { found, invalid };
}

/** Python texts of the instruction files, where they are beside the checkout. */
function corpusFences(): Sample[] {
  const folder = join(dirname(fileURLToPath(import.meta.url)), '../../../shared/corpus');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter(name => name.endsWith('.md'))
    .flatMap(name =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/^```python\n([\s\S]*?)^```$/gm)].map(
        ([, text = '']) => ({ name, text }),
      ),
    );
}

const judge = `
import ast, json, sys, sysconfig, warnings
warnings.simplefilter('ignore')
print(json.dumps(sysconfig.get_path('stdlib')))
for line in sys.stdin:
    try:
        ast.parse(json.loads(line))
        print('true')
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        print('false')
`;

function askPython(texts: readonly string[]): unknown[] | null {
  const input = texts.map(text => `${JSON.stringify(text)}\n`).join('');
  const { status, stdout } = spawnSync('python3', ['-c', judge], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return status === 0
    ? stdout
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
    : null;
}

test('Python: nothing that python3 parses is refused, and damage is found', async t => {
  const [library] = askPython([]) ?? [];
  if (typeof library !== 'string') return t.skip('python3 is not installed');
  const files = globSync('{*,json/*,asyncio/*,email/*,test/test_[a-g]*}.py', { cwd: library })
    .sort()
    .map(name => join(library, name));
  const samples = [...withDamages([...corpusFences(), ...readSamples(files, 120)], 6)];
  if (samples.length === 0) return t.skip('there is no Python text to look at');
  const [, ...verdicts] = askPython(samples.map(({ text }) => text)) ?? [];
  assert.equal(verdicts.length, samples.length);
  const { found, invalid } = await compare(
    'a.py',
    samples,
    verdicts.map(verdict => verdict === true),
  );
  t.diagnostic(`${samples.length} texts, ${invalid} invalid, ${found} of them found`);
  assert.ok(found >= invalid * 0.95, `only ${found} of ${invalid} invalid texts were found`);
});

test('shell: nothing that bash reads is refused, and damage of blocks and quotes is found', async t => {
  const bash = (text: string) => spawnSync('bash', ['-n'], { input: text, encoding: 'utf8' });
  if (bash('true').status !== 0) return t.skip('bash is not installed');
  const files = ['/usr/bin', '/usr/sbin', '/etc/init.d', '/etc/cron.daily', '/var/lib/dpkg/info']
    .filter(folder => existsSync(folder))
    .flatMap(folder => readdirSync(folder).map(name => join(folder, name)))
    .filter(file => !/\.(list|md5sums|shlibs|symbols|triggers|conffiles)$/.test(file));
  const scripts = readSamples(files, 4000).filter(({ text }) => /^#! ?\/(usr\/)?bin\/(ba)?sh/.test(text));
  if (scripts.length === 0) return t.skip('there is no shell script to look at');
  const samples = [...withDamages(scripts.slice(0, 120), 3)];
  // For some errors bash -n complains and answers 0 all the same.
  const verdicts = samples.map(({ text }) => {
    const { status, stderr } = bash(text);
    return status === 0 && !/syntax error/.test(stderr);
  });
  const { found, invalid } = await compare('a.sh', samples, verdicts);
  t.diagnostic(`${samples.length} texts, ${invalid} invalid, ${found} of them found`);
  assert.ok(found >= invalid * 0.6, `only ${found} of ${invalid} invalid texts were found`);
});

test('JavaScript and TypeScript: the sources of this project and of what it uses are let pass', async () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const patterns = '{cli,functions,infra,shared,test/unit,test/support}/**/*.ts';
  const packages =
    'node_modules/{zod,@middy/core,fast-check,yaml,smol-toml,commander,@smithy/core}/**/*.{js,mjs,cjs,ts}';
  const files = [
    ...globSync(patterns, { cwd: root }),
    ...globSync(packages, { cwd: root }).sort().slice(0, 4000),
  ];
  const samples = readSamples(
    files.map(file => join(root, file)),
    500,
  );
  assert.ok(samples.length > 200);
  for (const { name, text } of samples) {
    const problem = await checker.check(name, new TextEncoder().encode(text));
    assert.equal(problem, null, `${name}: ${JSON.stringify(problem)}`);
  }
});
