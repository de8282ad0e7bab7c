// What the README shows is what happens.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execute, jr, root } from '../support/jr.ts';

const readme = await readFile(join(root, 'README.md'), 'utf8');

/** The fence after the first one that holds `command`. */
function outputOf(command: string): string {
  const from = readme.indexOf(`${command}\n\`\`\``);
  assert.notEqual(from, -1, `the README shows ${command}`);
  const output = /```text\n([\s\S]*?)```/.exec(readme.slice(from))?.[1];
  assert.ok(output);
  return output;
}

test('jr plan prints what the README says', async () => {
  const { stdout } = await jr(['plan', 'examples/add-health-check.md', '--workspace', 'examples/workspace']);
  assert.equal(stdout, outputOf('npx jr plan examples/add-health-check.md --workspace examples/workspace'));
});

test('npm start -- --once runs the example to its end and prints what the README says', async t => {
  const home = await mkdtemp(join(tmpdir(), 'jr-readme-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const { code, stdout, stderr } = await execute('npm', ['start', '--', '--once'], {
    env: { ...process.env, JR_HOME: join(home, '.jr') },
  });
  assert.equal(code, 0, stdout + stderr);
  // Ids, times and how often the progress was caught differ from run to run.
  const alike = (text: string) =>
    text
      .replace(/[0-9a-f-]{36}/g, 'ID')
      .replace(/\(\d+\.\d s\)/g, '(TIME)')
      .replace(/in \d+ ms/g, 'in TIME');
  const printed = alike(stdout).split('\n');
  const shown = alike(outputOf('npm ci && npm start')).trimEnd().split('\n');
  for (const line of shown.filter(each => each.trim() !== '...' && !each.includes('in_progress'))) {
    assert.ok(printed.includes(line), `it printed: ${line}`);
  }
  assert.match(stdout, /4\. The same message once more.*nothing to do: 5 steps already applied/s);
  assert.equal(
    existsSync(join(home, '.jr/workspace/verification.log')),
    false,
    'the verification fence was not run',
  );
});
