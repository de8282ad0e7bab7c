import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileWorkspace } from '../../../shared/adapters/workspace/workspace.ts';
import { execute, jr, root } from '../../support/jr.ts';
import { jrHere } from '../../support/jr-here.ts';
import { createDocument, editDocument } from '../../support/messages.ts';
import { until } from '../../support/until.ts';

const example = join(root, 'examples/add-health-check.md');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jr-cli-'));
  await cp(join(root, 'examples/workspace'), folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const files = async () => (await readdir(folder, { recursive: true })).sort();

describe('jr plan', () => {
  test('prints the object of the design, and writes nothing', async () => {
    const before = await files();
    const { code, stdout } = await jr(['plan', example, '--workspace', folder, '--json']);
    assert.equal(code, 0);
    const plan = JSON.parse(stdout);
    assert.deepEqual(Object.keys(plan), ['instruction', 'ok', 'meta', 'blocks', 'steps', 'files']);
    assert.equal(plan.instruction, example);
    assert.equal(plan.ok, true);
    assert.deepEqual(plan.meta, { assigned_jr: 'Software Engineer Jr.', priority: 3, use_rlm: false });
    assert.deepEqual(plan.blocks.at(0), {
      line: 20,
      end_line: 45,
      language: 'python',
      disposition: 'step',
      step_number: 1,
      reason: null,
    });
    assert.partialDeepStrictEqual(plan.blocks.at(-1), {
      language: 'bash',
      disposition: 'not_executed',
      step_number: null,
    });
    assert.deepEqual(plan.steps.at(2), {
      step_number: 3,
      step_type: 'search_replace',
      target_file: 'weather/app.py',
      line: 75,
      outcome: 'ready',
      error: null,
      lines_added: 2,
      lines_removed: 0,
    });
    assert.deepEqual(Object.keys(plan.files[0]), ['path', 'before_sha256', 'after_sha256']);
    assert.equal(plan.files[0].before_sha256, null);
    assert.deepEqual(await files(), before);
  });

  test('says what is wrong, with the nearest place, and exits with 1', async () => {
    const document = join(folder, 'x.md');
    await writeFile(
      document,
      editDocument('weather/settings.py', 'READ_INTERVAL_SECONDS = 61', 'READ_INTERVAL_SECONDS = 5'),
    );
    const { code, stdout } = await jr(['plan', document, '-w', folder, '--json']);
    assert.equal(code, 1);
    const { ok, steps } = JSON.parse(stdout);
    assert.equal(ok, false);
    assert.deepEqual(Object.keys(steps[0].error), ['code', 'message', 'line', 'nearest']);
    assert.equal(steps[0].error.code, 'SEARCH_NOT_FOUND');
    assert.deepEqual(Object.keys(steps[0].error.nearest), ['line', 'end_line', 'similarity', 'diff']);
    assert.equal(steps[0].error.nearest.line, 4);

    const human = await jr(['plan', document, '-w', folder]);
    assert.match(human.stdout, /SEARCH_NOT_FOUND .*x\.md:\d+\n.*\n.*-READ_INTERVAL_SECONDS = 61/s);
    assert.match(human.stdout, /1 problem: nothing is written\.\n$/);
  });

  test('what a file or a document holds does not steer the terminal of who looks at it', async () => {
    await writeFile(
      join(folder, 'lines.txt'),
      'the first of them\nsecond \u001b[2J\u009b2J\rone of them\nlast\n',
    );
    const document = join(folder, 'x.md');
    await writeFile(
      document,
      editDocument('lines.txt', 'the first of them\nsecond \u001b[8mone of them\nlast', 'y'),
    );
    const { stdout } = await jrHere(['plan', document, '-w', folder]);
    assert.ok(stdout.includes('-second \\u001b[8mone of them\n'), stdout);
    assert.ok(stdout.includes('+second \\u001b[2J\\u009b2J\\u000d'), stdout);
    const { stdout: json } = await jrHere(['plan', document, '-w', folder, '--json']);
    assert.ok(JSON.parse(json).steps[0].error.nearest.diff.includes('\u001b[2J\u009b2J\rone'), json);
  });

  test('takes many files and folders, a line of JSON each, and standard input', async () => {
    await writeFile(join(folder, 'a.md'), createDocument('a.txt', 'a'));
    await writeFile(join(folder, 'b.md'), createDocument('b.txt', 'b'));
    const { stdout } = await jr(['plan', example, folder, '-', '-w', folder, '--json'], {
      input: createDocument('c.txt', 'c'),
    });
    const plans = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    assert.deepEqual(
      plans.map(plan => plan.instruction),
      [example, join(folder, 'a.md'), join(folder, 'b.md'), '-'],
    );
    assert.deepEqual(
      plans.map(plan => plan.steps.length),
      [5, 1, 1, 1],
    );
  });

  test('a folder means its own documents, not those of packages or hidden folders', async () => {
    for (const path of ['tasks/b.md', 'tasks/a.md', 'node_modules/x/README.md', '.git/x.md']) {
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), createDocument('a.txt', 'a'));
    }
    const { stdout } = await jr(['plan', folder, '-w', folder, '--json']);
    const names = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line).instruction);
    assert.deepEqual(names, [join(folder, 'tasks/a.md'), join(folder, 'tasks/b.md')]);
  });

  for (const [what, bytes] of [
    ['not UTF-8', Buffer.from(createDocument('a.txt', 'caf\u00e9'), 'latin1')],
    [
      'UTF-16, which is UTF-8 with a NUL behind each letter',
      Buffer.from(createDocument('a.txt', 'a'), 'utf16le'),
    ],
  ] as const) {
    test(`a document that is ${what}, is refused: it would be read otherwise than it stands`, async () => {
      const document = join(folder, 'other.md');
      await writeFile(document, bytes);
      for (const args of [
        ['plan', document, '-w', folder],
        ['submit', document],
        ['dlq', 'replay', '1', '--instruction', document, '--reason', 'mended'],
      ]) {
        const { code, stderr } = await jrHere(args);
        assert.equal(code, 2);
        assert.match(stderr, /other\.md is not text in UTF-8: save it as UTF-8\.$/m);
      }
    });
  }

  test('the diff below the sentence of a problem is set in, as that of the nearest lines is', async () => {
    const document = join(folder, 'anew.md');
    await writeFile(document, createDocument('weather/settings.py', 'NOTHING = 0\n'));
    const { stdout } = await jrHere(['plan', document, '-w', folder]);
    assert.match(
      stdout,
      /^ {2}weather\/settings\.py exists .* What would change:\n( {4}[-+ ].*\n)+ {4}\+NOTHING = 0\n/m,
    );
  });

  test('nearest lines are a line where it is one', async () => {
    const document = join(folder, 'near.md');
    await writeFile(document, editDocument('weather/settings.py', 'STATION = "river-bent"', 'STATION = "x"'));
    const { stdout } = await jrHere(['plan', document, '-w', folder]);
    assert.match(stdout, /The nearest is line 3 \(\d+ % alike\): copy it as it is there\./);
  });

  test('a document with nothing to execute is said to be one; applying it is a failure', async () => {
    const document = join(folder, 'prose.md');
    await writeFile(document, '# Thoughts\n\nNothing to do here.\n');
    const planned = await jr(['plan', document, '-w', folder]);
    assert.equal(planned.code, 0);
    assert.match(planned.stdout, /NO_STEPS/);
    assert.match(planned.stdout, /\nNothing would be written\. As a task it would be refused\.\n$/);
    const applied = await jr(['apply', document, '-w', folder, '--json']);
    assert.equal(applied.code, 1);
    assert.equal(JSON.parse(applied.stdout).ok, false);
    assert.match(JSON.parse(applied.stderr).error.message, /prose\.md: NO_STEPS: The document has nothing/);
    assert.match(
      (await jrHere(['apply', document, '-w', folder])).stdout,
      /\n1 problem: nothing is written\.\n$/,
    );
  });
});

describe('jr apply', () => {
  test('writes, and the second time finds everything applied', async () => {
    const first = await jr(['apply', example, '-w', folder, '--json']);
    assert.equal(first.code, 0);
    const outcomes = ({ stdout }: { stdout: string }) =>
      new Set(JSON.parse(stdout).steps.map((step: { outcome: string }) => step.outcome));
    assert.deepEqual(outcomes(first), new Set(['applied']));
    const settings = await readFile(join(folder, 'weather/settings.py'), 'utf8');
    assert.match(settings, /MAX_READING_AGE_SECONDS = 5 \* READ_INTERVAL_SECONDS\n$/);
    const after = await files();

    const second = await jr(['apply', example, '-w', folder, '--json']);
    assert.equal(second.code, 0);
    assert.deepEqual(outcomes(second), new Set(['already_applied']));
    assert.deepEqual(await files(), after);
    assert.equal(after.includes('verification.log'), false, 'the verification fence was not run');
  });

  test('one block that does not fit, and nothing is written (invariant 4)', async () => {
    const document = join(folder, 'x.md');
    await writeFile(
      document,
      `${createDocument('new.txt', 'x')}\n${editDocument('weather/app.py', 'not there', 'y')}`,
    );
    const before = await files();
    const { code, stdout } = await jr(['apply', document, '-w', folder]);
    assert.equal(code, 1);
    assert.match(stdout, /SEARCH_NOT_FOUND/);
    assert.deepEqual(await files(), before);
  });

  test('that was killed is no hindrance to a later one with the same process id, as each has in a container', async () => {
    const document = join(folder, 'x.md');
    await writeFile(document, createDocument('new.txt', 'x'));
    const killed = { path: 'new.txt', before: null, after: Buffer.from('x\n') };
    const journal = { key: `apply-${process.pid}`, epoch: 1 };
    await fileWorkspace({ root: folder }).write([{ journal, changes: [killed], mayWrite: () => undefined }]);
    await rm(join(folder, 'new.txt'));
    const { code, stderr } = await jrHere(['apply', document, '-w', folder]);
    assert.equal(code, 0, stderr);
    assert.equal(await readFile(join(folder, 'new.txt'), 'utf8'), 'x\n');
    assert.match(
      stderr,
      /^jr: \.jr-work holds originals of files that .*x\.md names: .*docs\/architecture\.md/,
    );
  });

  test('Ctrl-C while it writes waits until all is written, and nothing is left behind (invariant 4)', async () => {
    const document = join(folder, 'x.md');
    const names = Array.from({ length: 100 }, (_, at) => `many/${at}.txt`);
    await writeFile(document, names.map(name => createDocument(name, name)).join('\n'));
    const child = spawn(process.execPath, [join(root, 'cli/jr.js'), 'apply', document, '-w', folder]);
    const ended = once(child, 'exit');
    await until(async () => child.exitCode !== null || (await files()).includes('.jr-work'));
    child.kill('SIGINT');
    await ended;
    const left = await files();
    assert.deepEqual(
      names.filter(name => !left.includes(name)),
      [],
    );
    assert.equal(left.includes('.jr-work'), false);
  });

  test('what a person may allow: it says where, as there is no ledger here', async () => {
    const document = join(folder, 'x.md');
    await writeFile(document, createDocument('.env', 'A=1'));
    const { code, stdout } = await jrHere(['apply', document, '-w', folder]);
    assert.equal(code, 1);
    assert.match(
      stdout,
      /nothing is written\. A person can allow it .* "npx jr submit", then "npx jr approve"\.\n$/,
    );
  });

  test('with a document among them that cannot be read none is applied', async () => {
    await writeFile(join(folder, 'a.md'), createDocument('a.txt', 'a'));
    await writeFile(join(folder, 'b.md'), Buffer.from([0xff, 0xfe]));
    const { code, stdout, stderr } = await jrHere(['apply', folder, '-w', folder]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /b\.md is not text in UTF-8/);
    assert.equal((await files()).includes('a.txt'), false);
  });

  test('--overwrite lets a whole file replace a different one', async () => {
    const document = join(folder, 'x.md');
    await writeFile(
      document,
      createDocument('weather/settings.py', 'STATION = "elsewhere"\nREAD_INTERVAL_SECONDS = 30'),
    );
    assert.match((await jr(['apply', document, '-w', folder])).stdout, /FILE_EXISTS/);
    assert.equal((await jr(['apply', document, '-w', folder, '--overwrite'])).code, 0);
    assert.match(await readFile(join(folder, 'weather/settings.py'), 'utf8'), /^STATION = "elsewhere"\n/);
  });
});

test('jr demo does not begin in a workspace of somebody that holds files of its example', async () => {
  const mine = join(folder, 'weather/app.py');
  await writeFile(mine, 'mine\n');
  const env = { ...process.env, JR_HOME: join(folder, '.jr'), JR_WORKSPACE: folder };
  const { code, stderr } = await jr(['demo', '--once'], { env });
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^jr: The example would overwrite .*weather\/app\.py, .* a stack of its own: JR_HOME=/,
  );
  assert.equal(await readFile(mine, 'utf8'), 'mine\n');
});

for (const [args, first] of [
  [['help', 'help'], 'Usage: jr [options] [command]'],
  [['dlq', 'help', 'help'], 'Usage: jr dlq [options] [command]'],
  [['dlq', '--help', 'whatever', '--follows'], 'Usage: jr dlq [options] [command]'],
] as const) {
  test(`who asks for help as jr ${args.join(' ')} gets it, on standard output`, async () => {
    const { code, stdout, stderr } = await jr([...args]);
    assert.equal(stdout.split('\n', 1)[0], first);
    assert.deepEqual([code, stderr], [0, '']);
  });
}

describe('usage and environment: one sentence on standard error, exit code 2', () => {
  const cases: [name: string, args: string[], sentence: RegExp][] = [
    ['no command', [], /Usage: jr/],
    ['an unknown command', ['plam', 'x.md'], /unknown command 'plam'.*Did you mean plan\?/s],
    ['an unknown option', ['plan', 'x.md', '--jason'], /unknown option '--jason'.*--json/s],
    ['no file', ['plan'], /missing required argument/],
    [
      'a file that is not there',
      ['plan', 'nowhere.md'],
      /^jr: The instruction file nowhere\.md is not there: check its name\.$/m,
    ],
    [
      'a file that cannot be reached',
      ['plan', 'x'.repeat(300)],
      /^jr: x+ cannot be reached \(ENAMETOOLONG: .*\n$/,
    ],
    [
      'a file below a file',
      ['plan', 'README.md/x.md'],
      /^jr: The instruction file README\.md\/x\.md is not there/,
    ],
    ['a folder where one file is meant', ['submit', 'examples'], /^jr: .* examples is a folder: name one/],
    [
      'a workspace that is not there',
      ['plan', example, '-w', 'nowhere'],
      /^jr: The workspace nowhere is not a folder/,
    ],
    [
      'a workspace of a variable that is not set',
      ['apply', example, '-w', ''],
      /^jr: --workspace is empty: name a folder/,
    ],
    [
      'an unknown command of a group',
      ['dlq', 'aprove', '3'],
      /^jr: unknown command 'aprove' of jr dlq: there are list, show, /,
    ],
    [
      'a state for one task',
      ['status', '3', '--status', 'failed'],
      /^jr: --status and --rejected are for lists/,
    ],
    ['help of an unknown command', ['plam', '--help'], /^jr: unknown command 'plam' of jr: there are plan, /],
    [
      'help of an unknown command of a group',
      ['drain', 'begin', '--help'],
      /^jr: unknown command 'begin' of jr drain: there are start, /,
    ],
    [
      'help asked for by word of an unknown command of a group',
      ['workers', 'help', 'lst'],
      /^jr: unknown command 'lst' of jr workers: /,
    ],
    ['a stage that is none', ['status', '--stage', ''], /^jr: A stage cannot be called "": take up to 20 /],
    ['a priority that is none', ['submit', 'x.md', '--priority', '11'], /whole number from 1 to 10/],
    ['no stack', ['status'], /^jr: The local stack is not running: start it with "npx jr up"/],
  ];
  for (const [name, args, sentence] of cases) {
    test(name, async () => {
      const { code, stdout, stderr } = await jr(args, {
        env: { ...process.env, JR_HOME: join(folder, '.jr') },
      });
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, sentence);
    });
  }

  for (const [text, sentence] of [
    ['', /^jr: instruction_content: must not be empty\.$/m],
    ['x'.repeat(600_000), /^jr: instruction_content: longer than 524288 characters\.$/m],
  ] as const) {
    test(`a corrected document of ${text.length} characters that no task takes in`, async () => {
      const document = join(folder, 'x.md');
      await writeFile(document, text);
      const { code, stderr } = await jrHere([
        'dlq',
        'replay',
        '1',
        '--instruction',
        document,
        '--reason',
        'x',
      ]);
      assert.equal(code, 2);
      assert.match(stderr, sentence);
    });
  }

  test('a setting that cannot be is named', async () => {
    const env = { ...process.env, WORKSPACE_PREFIXES: 'ganuda' };
    const { code, stderr } = await jr(['plan', example, '-w', folder], { env });
    assert.deepEqual([code, stderr.startsWith('jr: WORKSPACE_PREFIXES holds "ganuda": each')], [2, true]);
  });

  test('a document that is longer than a task takes in is not even sent', async () => {
    const document = join(folder, 'large.md');
    await writeFile(document, createDocument('large.txt', 'x\n'.repeat(300_000)));
    const { code, stderr } = await jrHere(['submit', document]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /large\.md has 6000\d\d bytes, and a task takes in 524288: put it into the workspace/,
    );
  });

  test('what the sentence quotes does not steer the terminal', async () => {
    for (const args of [['plan', 'a\u001b[2J\u009b2J.md'], ['a\u001b[2J\u009b2J']]) {
      const { stderr } = await jrHere(args);
      assert.ok(stderr.includes('a\\u001b[2J\\u009b2J'), stderr);
    }
  });

  test('what it says can no longer be written, as on a full disk', {
    skip: existsSync('/dev/full') ? false : 'there is no /dev/full here',
  }, async () => {
    const line = `"$0" cli/jr.js plan examples/add-health-check.md -w examples/workspace > /dev/full`;
    const { code, stderr } = await execute('sh', ['-c', line, process.execPath]);
    assert.equal(code, 2);
    assert.match(stderr, /^jr: What it says cannot be written: ENOSPC: no space left on device, write\.\n$/);
  });

  test('with --json the sentence comes as JSON', async () => {
    const { code, stderr } = await jr(['plan', 'nowhere.md', '--json']);
    assert.equal(code, 2);
    assert.match(JSON.parse(stderr).error.message, /^The instruction file nowhere\.md is not there/);
  });

  for (const [args, sentence] of [
    [['plam', '--json'], /^unknown command 'plam'/],
    [['plan', '--json'], /^missing required argument/],
    [['approve', '1', '--json'], /^required option '--reason <text>' not specified$/],
    [['submit', 'x.md', '--priority', '11', '--json'], /whole number from 1 to 10/],
    [['workers', 'lst', '--json'], /^unknown command 'lst' of jr workers/],
    [['up', '--stage', 'x', '--json'], /^unknown option '--stage'/],
  ] as const) {
    test(`jr ${args.join(' ')}: its usage error is one JSON object`, async () => {
      const { code, stdout, stderr } = await jr(args);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(JSON.parse(stderr).error.message, sentence);
    });
  }

  test('an option that has to be there is called required in the help', async () => {
    assert.match((await jr(['approve', '--help'])).stdout, /--reason <text> .*\(required\)/s);
  });

  test('help is no error, for each command', async () => {
    for (const command of [[], ['plan'], ['apply'], ['up'], ['down'], ['submit'], ['status']]) {
      const { code, stdout } = await jr([...command, '--help']);
      assert.equal(code, 0);
      assert.match(stdout, /^Usage: jr/);
    }
  });
});
