import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { redact } from '../../../shared/domain/redact.ts';
import { anyOf, matchesGlob } from '../../../shared/edit/glob.ts';
import { defaultGuards } from '../../../shared/edit/guard-settings.ts';
import { guardPath, guardShrink, guardStub } from '../../../shared/edit/guards.ts';
import { planInstruction } from '../../../shared/edit/plan.ts';
import { isStubLine } from '../../../shared/edit/stub.ts';
import { readInstruction } from '../../../shared/instruction/read.ts';
import { assertGrowsWithSize } from '../../support/growth.ts';

describe('stub guard', () => {
  for (const line of [
    '# ... existing code ...',
    '// ... rest of the code',
    '    # ... rest of implementation',
    '/* ... existing imports ... */',
    '// rest unchanged',
    '# rest of the file remains the same',
    '<!-- ... existing content ... -->',
    '{/* ... existing code ... */}',
    '... rest of the code',
    '// ...rest of the file',
    '# (rest of the function unchanged)',
    '-- ... other columns ...',
    '# existing code here',
    '// remaining methods stay the same',
    '# … rest of the code …',
    '// ... keep existing code ...'.replace('keep ', ''),
    '# code omitted for brevity',
    '    // existing imports...',
    '# ... (existing code)',
    '// unchanged ...',
  ])
    it(`stops ${line}`, () => assert.equal(isStubLine(line), true));

  for (const line of [
    '...',
    '    ...',
    'def f(): ...',
    'x: tuple[int, ...]',
    'function f(...rest) {',
    'const { a, ...rest } = props;',
    'return { ...existing, a };',
    '# Keep the existing code path.',
    'print("... loading the rest of it")',
    '# The rest is handled by the caller.',
    '// see the existing tests for more...',
    '# existing users keep their settings',
    'existing code here',
    'The remaining methods stay the same.',
    '# TODO: handle other cases',
    'logger.info("... existing code ...")',
    '  ...rest,',
    '  ...existing,',
  ])
    it(`lets through ${line}`, () => assert.equal(isStubLine(line), false));

  it('judges a line of blanks in no time', () => {
    assertGrowsWithSize(180, blanks => {
      const line = `# the same${' '.repeat(blanks)}x`;
      return () => assert.ok(Array.from({ length: 50 }, () => isStubLine(line)).every(is => !is));
    });
  });

  it('shows the whole of a line, so that a credential in it is known for one', () => {
    const key = `AKIA${'Q'.repeat(16)}`;
    const stop = guardStub('a.py', [`${'#'.repeat(40)} ... rest of the client ${key}`], () => false);
    const message = stop?.message ?? '';
    assert.ok(message.includes(`${key}"`));
    assert.doesNotMatch(redact(message), /AKIA/);
  });
});

describe('shrink guard', () => {
  it('stops a write that leaves less than half', () => {
    assert.equal(guardShrink('a', 1000, 499, defaultGuards)?.code, 'SHRINK_GUARD');
    assert.equal(guardShrink('a', 1000, 500, defaultGuards), null);
  });
  it('lets small files shrink', () => assert.equal(guardShrink('a', 199, 0, defaultGuards), null));
});

describe('protected paths', () => {
  for (const path of [
    '.git/hooks/pre-commit',
    'a/.git/config',
    '.env',
    'app/.env.production',
    'prod.env',
    'x/id_rsa',
    'deploy/a.service',
    'a.timer',
    'etc/cron.d/x',
    'crontab',
    '.ssh/config',
    'secrets/a.yaml',
    'config/secrets.env',
    'A.SERVICE',
    '.ENV',
  ]) {
    it(`hold ${path}`, () => assert.equal(guardPath(path, path, defaultGuards)?.code, 'PATH_PROTECTED'));
  }
  for (const path of [
    'app/environment.py',
    'git/x.py',
    'lib/service.py',
    'docs/cron.md',
    'web/keys.ts',
    'lib/secret_santa.py',
    '.gitignore',
    'src/timer.ts',
    '.env.example',
    'lib/credentials.py',
  ]) {
    it(`do not hold ${path}`, () => assert.equal(guardPath(path, path, defaultGuards), null));
  }
  it('hold a path that leads to a protected one, and name both', () => {
    const stop = guardPath('notes.txt', '.env', defaultGuards);
    assert.equal(stop?.code, 'PATH_PROTECTED');
    assert.match(stop?.message ?? '', /^notes\.txt \(\.env\) is protected/);
    const plan = planInstruction(
      readInstruction('File: `notes.txt`\n\n<<<<<<< SEARCH\na\n=======\nb\n>>>>>>> REPLACE\n', {
        pathPrefixes: [],
      }),
      new Map([['notes.txt', { kind: 'file', bytes: new TextEncoder().encode('a\n'), realPath: '.env' }]]),
      { sha256: () => 'hash', overwrite: false, evidence: [] },
    );
    assert.equal(plan.steps[0]?.error?.code, 'PATH_PROTECTED');
  });
});

describe('globs', () => {
  it('know one name from many folders', () => {
    assert.ok(matchesGlob('a/b/c.py', '**/*.py'));
    assert.ok(matchesGlob('c.py', '**/*.py'));
    assert.ok(!matchesGlob('a/c.py', '*.py'));
    assert.ok(matchesGlob('a/b', 'a/**'));
    assert.ok(!matchesGlob('a.b', 'a?b/**'));
    assert.ok(!matchesGlob('aXb', 'a.b'));
  });

  it('are asked together as each is asked alone', () => {
    const names = ['.env', 'a.key', 'x.service', 'crontab', '.git', 'systemd', 'index.ts', '.jr-work', 'axb'];
    const paths = names.flatMap(name => [name, `a/${name}`, `${name}/b`, `a/b/${name}/c.conf`, `${name}x`]);
    for (const globs of [defaultGuards.protectedPaths, ['**/*.key'], ['a/**'], ['a?b', '**/conf/**'], []])
      for (const path of paths)
        assert.equal(
          anyOf(globs).test(path),
          globs.some(glob => matchesGlob(path, glob)),
        );
  });
});
