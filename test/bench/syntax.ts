// What the syntax check costs: the first file of a language, then files of 5, 10 and 20 KB, in milliseconds.
// Goal: under 15 ms a file once warm; `jr plan` of one Python file within 400 ms, the start of the process included.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { syntaxChecker } from '../../shared/adapters/syntax/checker.ts';

const python = `class Worker:
    """Does one thing after the other."""

    def step_@@(self, items: list[dict[str, int]], *, limit: int = 10) -> str | None:
        # Look at each of them once.
        for item in items[:limit]:
            if item.get("value", 0) > @@ and not self.done:
                self.total += item["value"] * 2
                print(f"step {self.total:>10} of {len(items)}")
        try:
            return self.finish({"n": @@, "items": [i for i in items if i]})
        except (KeyError, ValueError) as error:
            raise RuntimeError("step @@ failed") from error

`;

const script = `/** Does one thing after the other. */
export async function step@@(items, { limit = 10 } = {}) {
  const found = items.slice(0, limit).filter(item => (item.value ?? 0) > @@);
  for (const { value } of found) {
    if (/^[a-z]+$/u.test(\`\${value}\`)) await finish({ n: @@, value, ...rest(value) });
    else throw new Error(\`step @@ failed: \${value}\`);
  }
  return found.map(x => x.value * 2).join(', ');
}

`;

const shell = `step_@@() {
  local name="$1" count=$(( @@ + 2 ))
  if [ -f "/tmp/$name" ] && [[ $count -gt 3 ]]; then
    for file in "$name"/*.txt; do echo "$(basename "$file" .txt) is here"; done
  else
    case "$name" in a|b) echo 'none' ;; *) return 1 ;; esac
  fi
}

`;

const languages: readonly (readonly [path: string, part: string])[] = [
  ['a.py', python],
  ['a.js', script],
  ['a.ts', script.replace('(items,', '(items: Item[],')],
  ['a.tsx', script.replace('return found', 'const view = <p id="@@">{found}</p>;\n  return found')],
  [
    'a.yaml',
    'job_@@:\n  needs: [build, "test"]\n  steps:\n    - name: step @@\n      run: |\n        make @@\n',
  ],
  ['a.toml', '[job.@@]\nneeds = ["build", "test"]\nsteps = { name = "step @@", run = 1_000 }\n'],
  ['a.sh', shell],
];

function ofSize(part: string, bytes: number): Uint8Array {
  const parts = Array.from({ length: Math.ceil(bytes / part.length) }, (_, at) =>
    part.replaceAll('@@', `${at}`),
  );
  return new TextEncoder().encode(parts.join(''));
}

const checker = syntaxChecker({
  onFault: (path, error) => {
    throw new Error(`${path} could not be checked`, { cause: error });
  },
});

async function time(path: string, bytes: Uint8Array): Promise<number> {
  const start = performance.now();
  const problem = await checker.check(path, bytes);
  if (problem !== null) throw new Error(`${path} should parse: ${JSON.stringify(problem)}`);
  return performance.now() - start;
}

const ms = (value: number): string => value.toFixed(1).padStart(8);
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

console.log(`${'ms'.padEnd(8)}${['first', '5 KB', '10 KB', '20 KB'].map(head => head.padStart(8)).join('')}`);
for (const [path, part] of languages) {
  const cells = [ms(await time(path, ofSize(part, 1)))];
  for (const size of [5, 10, 20]) {
    const bytes = ofSize(part, size * 1024);
    const times: number[] = [];
    for (let round = 0; round < 15; round += 1) times.push(await time(path, bytes));
    cells.push(ms(median(times)));
  }
  console.log(path.padEnd(8) + cells.join(''));
}

const folder = mkdtempSync(join(tmpdir(), 'jr-bench-'));
try {
  const instruction = join(folder, 'x.md');
  writeFileSync(instruction, `Create \`a.py\`\n\n\`\`\`python\n${python.replaceAll('@@', '1')}\`\`\`\n`);
  const jr = fileURLToPath(new URL('../../cli/jr.js', import.meta.url));
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now();
    const { status, stdout } = spawnSync(process.execPath, [jr, 'plan', instruction, '--workspace', folder]);
    if (status !== 0) throw new Error(`jr plan failed: ${stdout}`);
    return performance.now() - start;
  });
  console.log(`jr plan with one Python file: ${ms(median(times)).trim()} ms, the process included`);
} finally {
  rmSync(folder, { recursive: true });
}
