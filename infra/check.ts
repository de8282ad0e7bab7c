// `npm run check`: everything that can be said about the code without running it. One command, one exit code.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

interface Check {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** What the output of a check that really looked at something contains. */
  readonly evidence: RegExp;
}

const root = fileURLToPath(new URL('..', import.meta.url));

const checks: readonly Check[] = [
  {
    name: 'format and lint',
    command: ['biome', 'check', '--error-on-warnings'],
    evidence: /Checked [1-9]\d+ files/,
  },
  { name: 'what is type-checked', command: ['tsc', '--listFilesOnly'], evidence: /execute-task\/run\.ts/ },
  { name: 'types', command: ['tsc'], evidence: /^$/ },
  {
    name: 'import rule and cycles',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.cjs',
      'cli',
      'functions',
      'infra',
      'shared',
      'test',
    ],
    evidence: /no dependency violations found \([1-9]\d+ modules, [1-9]\d+ dependencies/,
  },
  { name: 'unused code', command: ['knip', '--treat-config-hints-as-errors'], evidence: /^/ },
];

const failed: string[] = [];
for (const check of checks) {
  const { code, output } = await execute(check.command);
  const ok = code === 0 && check.evidence.test(output);
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${check.name} (${check.command[0]})`);
  if (ok) continue;
  failed.push(check.name);
  console.log(code === 0 ? `It looked at nothing: the output lacks ${check.evidence}.\n${output}` : output);
}
console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;

/** Runs a program of `node_modules/.bin` in the checkout and collects what it prints. */
function execute([program, ...args]: Check['command']): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const path = `${root}node_modules/.bin:${process.env['PATH']}`;
    const child = spawn(program, args, { cwd: root, env: { ...process.env, PATH: path, FORCE_COLOR: '0' } });
    let output = '';
    child.stdout.on('data', chunk => {
      output += chunk;
    });
    child.stderr.on('data', chunk => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('close', code => resolve({ code: code ?? 1, output }));
  });
}
