import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import disk, {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, type TestContext, test } from 'node:test';
import { nameOf } from '../../shared/adapters/workspace/journal-names.ts';
import { fileWorkspace } from '../../shared/adapters/workspace/workspace.ts';
import { JrError } from '../../shared/domain/failure.ts';
import type { Change } from '../../shared/edit/changes.ts';
import type { FileState, Journal, Workspace } from '../../shared/ports/workspace.ts';
import { rememberingDisk } from '../support/remembering-disk.ts';

let base: string;
let root: string;
/** Where the journals of task 1 are. */
let journalFolder: string;
let workspace: Workspace;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'jr-workspace-'));
  root = join(base, 'inside');
  journalFolder = join(root, '.jr-work', '1');
  await mkdir(join(root, 'src'), { recursive: true });
  await mkdir(join(base, 'outside'));
  await writeFile(join(base, 'outside', 'secret.txt'), 'outside\n');
  await writeFile(join(root, 'src', 'a.txt'), 'a\n');
  await writeFile(join(root, 'src', 'b.txt'), 'b\n');
  workspace = fileWorkspace({ root, maxFileBytes: 1000 });
});
afterEach(() => rm(base, { recursive: true, force: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const change = (path: string, before: string | null, after: string): Change => ({
  path,
  before: before === null ? null : bytes(before),
  after: bytes(after),
});
const read = (path: string) => readFile(join(root, path), 'utf8');
const allowed = () => {};
const journal = { key: 'task-1', epoch: 1 };
const latest = { ...journal, epoch: 10 };

async function load(path: string): Promise<FileState> {
  const state = (await workspace.load([path])).get(path);
  assert.ok(state);
  return state;
}

/** Carries out one write; rejects with what it answers. */
async function write(of: Journal, changes: readonly Change[], mayWrite: () => void): Promise<void> {
  const [failed = null] = await workspace.write([{ journal: of, changes, mayWrite }]);
  if (failed !== null) throw failed;
}

const codeOf = (error: Error | null) => (error instanceof JrError ? error.code : error);

async function refusal(path: string): Promise<string> {
  const state = await load(path);
  assert.equal(state.kind, 'refused', `${path} is refused`);
  return state.kind === 'refused' ? state.failure.code : '';
}

/** Every file below the workspace, to see that nothing is left behind. */
async function everything(): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.map(entry => join(entry.parentPath, entry.name).slice(root.length + 1)).sort();
}

/** The names of what journals keep in a folder. */
async function kept(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap(entry => (entry.isDirectory() ? [] : [entry.name]));
}

/** Does something, and looks each time that the disk is waited for: gets the inode of what is synced. */
async function eachSync(t: TestContext, work: () => Promise<unknown>, look: (ino: number) => void) {
  const { fsync } = disk;
  t.mock.method(disk, 'fsync', (...args: Parameters<typeof fsync>) => {
    look(disk.fstatSync(args[0]).ino);
    fsync(...args);
  });
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  }
}

describe('loading', () => {
  test('a file, and one that is not there', async () => {
    const state = await load('src/a.txt');
    assert.ok(state.kind === 'file');
    assert.equal(new TextDecoder().decode(state.bytes), 'a\n');
    assert.deepEqual(await load('src/new/deep.txt'), { kind: 'missing' });
  });

  test('a path that leads outside is refused: by .., absolute, by a linked file, folder or dangling link', async () => {
    await symlink(join(base, 'outside'), join(root, 'folder'));
    await symlink(join(base, 'outside', 'secret.txt'), join(root, 'file.txt'));
    await symlink(join(base, 'outside', 'new.txt'), join(root, 'dangling.txt'));
    const paths = [
      '../outside/secret.txt',
      'src/../../outside/x',
      '/etc/passwd',
      'folder/secret.txt',
      'folder/new.txt',
    ];
    for (const path of [...paths, 'file.txt', 'dangling.txt', '', '.', 'a\0b']) {
      assert.equal(await refusal(path), 'PATH_FORBIDDEN');
    }
  });

  test('a link to the very folder that the workspace is in leads outside (invariant 13)', async () => {
    await symlink(base, join(root, 'up'));
    assert.equal(await refusal('up/outside/secret.txt'), 'PATH_FORBIDDEN');
    assert.equal(await refusal('up/new.txt'), 'PATH_FORBIDDEN');
  });

  test('two spellings of one file are refused together', async () => {
    await symlink('a.txt', join(root, 'src', 'link.txt'));
    await symlink('src', join(root, 'same'));
    const states = await workspace.load([
      'src/a.txt',
      'src/link.txt',
      'same/a.txt',
      'same/new.txt',
      'src/new.txt',
    ]);
    const kinds = [...states.values()].map(({ kind }) => kind);
    assert.deepEqual(kinds, ['file', 'refused', 'refused', 'missing', 'refused']);
  });

  test('a link says where it leads, so that it is no way around a protected path (invariant 13)', async () => {
    await mkdir(join(root, '.git', 'hooks'), { recursive: true });
    await writeFile(join(root, '.env'), 'A=1\n');
    await symlink('.env', join(root, 'notes.txt'));
    await symlink('.git/hooks', join(root, 'hooks'));
    assert.partialDeepStrictEqual(await load('notes.txt'), { kind: 'file', realPath: '.env' });
    assert.deepEqual(await load('hooks/pre-commit'), { kind: 'missing', realPath: '.git/hooks/pre-commit' });
  });

  test('a workspace that is reached over a link is none the less where it is', async () => {
    await symlink('inside', join(base, 'link'));
    await symlink(join(base, 'link', 'src'), join(root, 'same'));
    await symlink(join(base, 'outside', 'secret.txt'), join(root, 'file.txt'));
    workspace = fileWorkspace({ root: join(base, 'link') });
    assert.partialDeepStrictEqual(await load('src/a.txt'), { kind: 'file' });
    assert.partialDeepStrictEqual(await load('same/a.txt'), { kind: 'file', realPath: 'src/a.txt' });
    assert.equal(await refusal('file.txt'), 'PATH_FORBIDDEN');
    assert.deepEqual(await load('src/new.txt'), { kind: 'missing' });
    await write(journal, [change('same/a.txt', 'a\n', 'A\n')], allowed);
    assert.equal(await read('src/a.txt'), 'A\n');
  });

  test("a path that nothing can ever be written under is the author's to mend, not the disk's", async () => {
    await symlink('circle', join(root, 'circle'));
    for (const path of ['src/a.txt/below.txt', 'circle/x.txt', `${'\u6587'.repeat(100)}.txt`]) {
      assert.equal(await refusal(path), 'PATH_FORBIDDEN');
    }
  });

  test('a folder and an oversized file are refused', async () => {
    await writeFile(join(root, 'big.bin'), Buffer.alloc(1001));
    assert.equal(await refusal('src'), 'PATH_FORBIDDEN');
    assert.equal(await refusal('big.bin'), 'LIMIT_EXCEEDED');
    const big = await load('big.bin');
    assert.match(big?.kind === 'refused' ? big.failure.message : '', /1001 bytes, .*1000 that are read/);
  });

  test('a workspace that is not there is WORKSPACE_IO, whatever is asked of it', async () => {
    const nowhere = fileWorkspace({ root: join(base, 'nowhere') });
    for (const paths of [['a'], ['../a'], []])
      await assert.rejects(nowhere.load(paths), { code: 'WORKSPACE_IO' });
  });

  test('is at rest since the same moment only as long as nobody begins to write', async () => {
    await utimes(root, 0, 0); // else it may have been made in the same tick of the clock as what follows
    const since = await workspace.atRestSince();
    assert.notEqual(since, null);
    assert.equal(await workspace.atRestSince(), since);
    await writeFile(join(root, 'src', 'a.txt'), 'another a\n');
    assert.equal(await workspace.atRestSince(), since);
    await assert.rejects(write(journal, [change('src/a.txt', 'a\n', 'A\n')], allowed), {
      code: 'FILE_CHANGED',
    });
    await write(journal, [change('src/b.txt', 'b\n', 'B\n')], allowed);
    assert.equal(await workspace.atRestSince(), null);
    await workspace.forget([latest]);
    const later = await workspace.atRestSince();
    assert.notEqual(later, null);
    assert.notEqual(later, since);
  });

  test('a disk that is away for a moment is WORKSPACE_IO as well, not a defect that counts as a crash', async t => {
    const { lstatSync } = disk;
    const away = (...args: Parameters<typeof lstatSync>) => {
      if (String(args[0]).endsWith('.jr-work')) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      return lstatSync(...args);
    };
    t.mock.method(disk, 'lstatSync', away);
    syncBuiltinESMExports();
    try {
      for (const asked of [
        () => workspace.heldBy([{ key: 'task-1', paths: ['src/a.txt'] }]),
        () => workspace.atRestSince(),
        () => workspace.restore(latest, [], allowed),
      ])
        await assert.rejects(asked, { code: 'WORKSPACE_IO' });
    } finally {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    }
  });
});

describe('putting back what a dead attempt wrote', () => {
  const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
  const written = [
    { path: 'src/a.txt', afterSha256: hashOf('A\n') },
    { path: 'src/b.txt', afterSha256: hashOf('B\n') },
    { path: 'new.txt', afterSha256: hashOf('new\n') },
  ];
  const bothRestored = { restored: ['src/a.txt', 'new.txt'], changed: [] };
  const nothingRestored = { restored: [], changed: [] };
  const changes = [
    change('src/a.txt', 'a\n', 'A\n'),
    change('new.txt', null, 'new\n'),
    change('src/b.txt', 'b\n', 'B\n'),
  ];

  /** Dies before the last rename, as a killed process does: no clean-up. */
  async function dieHalfway(epoch = 1): Promise<void> {
    const killed = () => {
      if (existsSync(join(root, 'new.txt'))) throw new JrError('LEASE_LOST', 'stands for a kill here');
    };
    await assert.rejects(write({ ...journal, epoch }, changes, killed));
    assert.deepEqual(
      [await read('src/a.txt'), await read('new.txt'), await read('src/b.txt')],
      ['A\n', 'new\n', 'b\n'],
    );
  }

  test('originals return with their mode, what was made goes, and nothing is left behind', async () => {
    await chmod(join(root, 'src/a.txt'), 0o751);
    await dieHalfway();
    assert.deepEqual(await workspace.restore(latest, written, allowed), bothRestored);
    assert.equal(await read('src/a.txt'), 'a\n');
    assert.equal((await stat(join(root, 'src/a.txt'))).mode & 0o777, 0o751);
    assert.deepEqual(await everything(), ['src', 'src/a.txt', 'src/b.txt']);
    assert.deepEqual(await workspace.restore(latest, written, allowed), nothingRestored);
  });

  test('is found by who has just seen that nothing was there, where the disk remembers that', async t => {
    const { others } = rememberingDisk(t);
    const seen = async () => ({
      journals: await workspace.heldBy([{ key: 'task-2', paths: ['src/a.txt'] }]),
      atRest: (await workspace.atRestSince()) !== null,
      made: (await workspace.load(['new.txt'])).get('new.txt')?.kind,
    });
    assert.deepEqual(await seen(), { journals: [[]], atRest: true, made: 'missing' });
    await others(() => dieHalfway());
    assert.deepEqual(await seen(), { journals: [['task-1']], atRest: false, made: 'file' });
    await others(() => workspace.restore(latest, written, allowed));
    assert.deepEqual(await seen(), { journals: [[]], atRest: true, made: 'missing' });
    await others(() => dieHalfway(2));
    assert.deepEqual(await workspace.restore(latest, written, allowed), bothRestored);
  });

  test('what somebody changed since is theirs, and is named', async () => {
    await dieHalfway();
    await writeFile(join(root, 'src/a.txt'), 'A\nand more\n');
    assert.deepEqual(await workspace.restore(latest, written, allowed), {
      restored: ['new.txt'],
      changed: ['src/a.txt'],
    });
    assert.equal(await read('src/a.txt'), 'A\nand more\n');
  });

  test('a folder that somebody made in the place of one is theirs, and keeps no other from being put back', async () => {
    await dieHalfway();
    await rm(join(root, 'src/a.txt'));
    await mkdir(join(root, 'src/a.txt/deeper'), { recursive: true });
    assert.deepEqual(await workspace.restore(latest, written, allowed), {
      restored: ['new.txt'],
      changed: ['src/a.txt'],
    });
    assert.deepEqual(await everything(), ['src', 'src/a.txt', 'src/a.txt/deeper', 'src/b.txt']);
  });

  test('what was written over a link that leads elsewhere now is left, and named', async () => {
    await dieHalfway();
    await rename(join(root, 'src'), join(root, 'before'));
    await symlink('before', join(root, 'src'));
    assert.deepEqual(await workspace.restore(latest, written, allowed), {
      restored: ['new.txt'],
      changed: ['src/a.txt', 'src/b.txt'],
    });
    assert.equal(await read('before/a.txt'), 'A\n');
  });

  test('a file that only happens to be like what was meant is not touched', async () => {
    await writeFile(join(root, 'src/a.txt'), 'A\n');
    assert.deepEqual(await workspace.restore(latest, written, allowed), nothingRestored);
    assert.equal(await read('src/a.txt'), 'A\n');
  });

  test('cut short between two files, it goes on when it is repeated', async () => {
    await dieHalfway();
    const thawed = () => {
      if (readFileSync(join(root, 'src/a.txt'), 'utf8') === 'a\n') throw new JrError('LEASE_LOST', 'lost');
    };
    await assert.rejects(workspace.restore(latest, written, thawed), { code: 'LEASE_LOST' });
    assert.deepEqual([await read('src/a.txt'), await read('new.txt')], ['a\n', 'new\n']);
    assert.deepEqual(await workspace.restore(latest, written, allowed), {
      restored: ['new.txt'],
      changed: [],
    });
    assert.deepEqual(await everything(), ['src', 'src/a.txt', 'src/b.txt']);
  });

  test('an attempt that cannot go on leaves the originals of the dead one to be put back', async () => {
    await dieHalfway();
    await writeFile(join(root, 'src/b.txt'), 'by somebody else\n');
    await assert.rejects(write(journal, [change('src/b.txt', 'b\n', 'B\n')], allowed), {
      code: 'FILE_CHANGED',
    });
    assert.deepEqual(await workspace.restore(latest, written, allowed), bothRestored);
    assert.deepEqual(await everything(), ['src', 'src/a.txt', 'src/b.txt']);
  });

  test('an attempt that is put back itself leaves the originals of the dead one to be put back', async () => {
    await dieHalfway();
    const obstruct = () => {
      if (readFileSync(join(root, 'src/b.txt'), 'utf8') === 'B\n')
        writeFileSync(join(root, 'c.txt'), 'theirs');
    };
    const both = [change('src/b.txt', 'b\n', 'B\n'), change('c.txt', null, 'C\n')];
    await assert.rejects(write({ ...journal, epoch: 2 }, both, obstruct), { code: 'FILE_CHANGED' });
    assert.equal(await read('src/b.txt'), 'b\n');
    assert.deepEqual(await workspace.restore(latest, written, allowed), bothRestored);
  });

  test('who may no longer put back leaves the journal to whoever does (invariant 3)', async () => {
    await dieHalfway();
    const thawed = () => {
      if (!existsSync(join(root, 'new.txt'))) throw new JrError('LEASE_LOST', 'lost');
    };
    await assert.rejects(workspace.restore(latest, written, thawed), { code: 'LEASE_LOST' });
    assert.notDeepEqual(await kept(journalFolder), []);
  });

  test('is on the disk before the journal that knows of it goes (invariant 4)', async t => {
    await dieHalfway();
    const folder = disk.statSync(join(root, 'src')).ino;
    const journalAtSync: number[] = [];
    await eachSync(
      t,
      () => workspace.restore(latest, written, allowed),
      ino => {
        if (ino === folder && readFileSync(join(root, 'src/a.txt'), 'utf8') === 'a\n')
          journalAtSync.push(readdirSync(journalFolder).length);
      },
    );
    assert.ok((journalAtSync[0] ?? 0) > 0, 'synced while the journal is still there');
  });

  test('the next attempt goes on from the half, and one journal knows the originals of both', async () => {
    await dieHalfway();
    await write({ ...journal, epoch: 2 }, [change('src/b.txt', 'b\n', 'B\n')], allowed);
    const { restored } = await workspace.restore(latest, written, allowed);
    assert.deepEqual(restored, ['src/a.txt', 'src/b.txt', 'new.txt']);
    assert.deepEqual(await everything(), ['src', 'src/a.txt', 'src/b.txt']);
  });

  test('what the last attempt saw counts, where several kept the original of one file', async () => {
    await dieHalfway(9);
    await writeFile(join(root, 'src/b.txt'), 'by somebody else\n');
    await write({ ...journal, epoch: 10 }, [change('src/b.txt', 'by somebody else\n', 'B\n')], allowed);
    const { restored, changed } = await workspace.restore(latest, written, allowed);
    assert.deepEqual({ restored, changed }, { restored: ['src/a.txt', 'src/b.txt', 'new.txt'], changed: [] });
    assert.equal(await read('src/b.txt'), 'by somebody else\n');
    assert.deepEqual(await everything(), ['src', 'src/a.txt', 'src/b.txt']);
  });

  test('the next attempt goes on from the half, and the journal goes when it is forgotten', async () => {
    await dieHalfway();
    await write({ ...journal, epoch: 2 }, [change('src/b.txt', 'b\n', 'B\n')], allowed);
    await workspace.forget([latest]);
    assert.deepEqual(await everything(), ['new.txt', 'src', 'src/a.txt', 'src/b.txt']);
  });

  test('is put back also when the attempt before it, which had been frozen, forgets its journal only now', async () => {
    await write(journal, [change('src/a.txt', 'a\n', 'a\n')], allowed);
    await dieHalfway(2);
    await workspace.forget([journal]);
    assert.deepEqual(await workspace.restore(latest, written, allowed), bothRestored);
  });
});

describe('writing', () => {
  test('creates with folders, changes, and leaves nothing else behind', async () => {
    await write(
      journal,
      [change('src/a.txt', 'a\n', 'A\n'), change('lib/x/new.txt', null, 'new\n')],
      allowed,
    );
    assert.equal(await read('src/a.txt'), 'A\n');
    assert.equal(await read('lib/x/new.txt'), 'new\n');
    await workspace.forget([latest]);
    assert.deepEqual(await everything(), ['lib', 'lib/x', 'lib/x/new.txt', 'src', 'src/a.txt', 'src/b.txt']);
  });

  describe('is forgotten', () => {
    const changes = [change('src/a.txt', 'a\n', 'A\n'), change('new.txt', null, 'new\n')];
    const only = [
      { place: 'src/a.txt', made: false },
      { place: 'new.txt', made: true },
    ];
    const written = ['new.txt', 'src', 'src/a.txt', 'src/b.txt'];

    test('by the names of what was kept where one attempt did all of it: no journal is looked through', async t => {
      await write(journal, changes, allowed);
      const listed = t.mock.method(disk, 'readdir').mock;
      syncBuiltinESMExports();
      try {
        await workspace.forget([{ ...journal, only }]);
      } finally {
        t.mock.restoreAll();
        syncBuiltinESMExports();
      }
      assert.equal(listed.callCount(), 0);
      assert.deepEqual(await everything(), written);
    });

    test('wholly, also when it is kept under another name than is told', async () => {
      await write(journal, changes, allowed);
      await workspace.forget([{ ...journal, only: [{ place: 'src/a.txt', made: true }] }]);
      assert.deepEqual(await everything(), written);
    });

    test('without a touch to what others keep', async () => {
      await write({ key: 'task-2', epoch: 1 }, [change('src/b.txt', 'b\n', 'B\n')], allowed);
      await write(journal, changes, allowed);
      await workspace.forget([{ ...journal, only }]);
      const held = await workspace.heldBy([{ key: 'task-3', paths: ['src/a.txt', 'src/b.txt'] }]);
      assert.deepEqual(held, [['task-2']]);
    });

    test('never over a link that stands where journals are (invariant 13)', async () => {
      await write(journal, changes, allowed);
      await rename(join(root, '.jr-work'), join(base, 'outside', 'kept'));
      await symlink(join(base, 'outside', 'kept'), join(root, '.jr-work'));
      await workspace.forget([{ ...journal, only }]);
      assert.equal((await kept(join(base, 'outside', 'kept'))).length, 2);
    });
  });

  test('of tasks that follow each other is staged in different folders: a disk changes one name of a folder at a time', async () => {
    const mayWrite = allowed;
    const writes = Array.from({ length: 6 }, (_, at) => ({
      journal: { key: `task-${at}`, epoch: 1 },
      changes: [change(`${at}.txt`, null, 'new\n')],
      mayWrite,
    }));
    assert.deepEqual(
      (await workspace.write(writes)).map(codeOf),
      writes.map(() => null),
    );
    assert.deepEqual((await readdir(join(root, '.jr-work'))).sort(), ['0', '1', '2', '3']);
    const held = await workspace.heldBy([{ key: 'another', paths: ['0.txt', '3.txt', '5.txt'] }]);
    assert.deepEqual(
      held.map(keys => keys.toSorted()),
      [['task-0', 'task-3', 'task-5']],
    );
    await workspace.forget(writes.map(({ journal }) => journal));
    assert.equal(existsSync(join(root, '.jr-work')), false);
  });

  test('the files wait for the disk together, but never with too many open at a time', async t => {
    let open = 0;
    let most = 0;
    const counted = { open: disk.open, openSync: disk.openSync, closeSync: disk.closeSync };
    const another = () => {
      open += 1;
      most = Math.max(most, open);
    };
    t.mock.method(disk, 'open', (...args: Parameters<typeof disk.open>) => {
      another();
      counted.open(...args);
    });
    t.mock.method(disk, 'openSync', (...args: Parameters<typeof disk.openSync>) => {
      another();
      return counted.openSync(...args);
    });
    t.mock.method(disk, 'closeSync', (file: number) => {
      open -= 1;
      counted.closeSync(file);
    });
    syncBuiltinESMExports();
    const mostOpen = async (epoch: number, files: number) => {
      [open, most] = [0, 0];
      const changes = Array.from({ length: files }, (_, at) => change(`${epoch}/${at}.txt`, null, 'new\n'));
      await write({ key: 'task-1', epoch }, changes, allowed);
      return most;
    };
    try {
      assert.equal(await mostOpen(1, 3), 3);
      assert.equal(await mostOpen(2, 250), 100);
      [open, most] = [0, 0];
      await workspace.write(
        Array.from({ length: 10 }, (_, task) => ({
          journal: { key: `task-${task}`, epoch: 3 },
          changes: Array.from({ length: 50 }, (_, at) => change(`${task}-${at}.txt`, null, 'new\n')),
          mayWrite: allowed,
        })),
      );
      assert.equal(most, 100);
    } finally {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    }
  });

  test('keeps the mode of a file, and a link inside the workspace stays a link', async () => {
    await chmod(join(root, 'src/a.txt'), 0o750);
    await symlink('a.txt', join(root, 'src', 'link.txt'));
    await write(journal, [change('src/link.txt', 'a\n', 'A\n')], allowed);
    assert.equal(await read('src/a.txt'), 'A\n');
    assert.equal((await stat(join(root, 'src/a.txt'))).mode & 0o777, 0o750);
    assert.ok((await lstat(join(root, 'src/link.txt'))).isSymbolicLink());
  });

  test('a file with the longest of names is written', async () => {
    const name = `${'n'.repeat(251)}.txt`;
    await write(journal, [change(name, null, 'x\n')], allowed);
    await write(journal, [change(name, 'x\n', 'y\n')], allowed);
    assert.equal(await read(name), 'y\n');
  });

  test('a read-only file system is named: of a folder made with what is above it Node says ENOENT', async t => {
    const readOnly = (
      path: string,
      { recursive }: { recursive?: boolean },
      answer: (error: Error) => void,
    ) => {
      const code = recursive ? 'ENOENT' : 'EROFS';
      answer(Object.assign(new Error(`${code}: mkdir '${path}'`), { code }));
    };
    t.mock.method(disk, 'mkdir', readOnly);
    syncBuiltinESMExports();
    try {
      await assert.rejects(write(journal, [change('src/a.txt', 'a\n', 'A\n')], allowed), {
        code: 'WORKSPACE_IO',
        message: /EROFS.*No file was changed/,
      });
    } finally {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    }
  });

  for (const linked of ['.jr-work', '.jr-work/1'])
    test(`a link where files are staged is not written through: ${linked} (invariant 13)`, async () => {
      await mkdir(dirname(join(root, linked)), { recursive: true });
      await symlink(join(base, 'outside'), join(root, linked));
      await assert.rejects(write(journal, [change('src/a.txt', 'a\n', 'A\n')], allowed), {
        code: 'PATH_FORBIDDEN',
      });
      await workspace.forget([journal]);
      assert.deepEqual(await readdir(join(base, 'outside'), { recursive: true }), ['secret.txt']);
      assert.deepEqual(await workspace.heldBy([{ key: 'task-2', paths: ['src/a.txt'] }]), [[]]);
    });

  test('one file that somebody changed meanwhile stops all (invariant 4)', async () => {
    for (const stale of [
      change('src/b.txt', 'old\n', 'B\n'),
      change('src/b.txt', null, 'B\n'),
      change('gone.txt', 'x', 'B\n'),
    ]) {
      await assert.rejects(write(journal, [change('src/a.txt', 'a\n', 'A\n'), stale], allowed), {
        code: 'FILE_CHANGED',
      });
    }
    assert.equal(await read('src/a.txt'), 'a\n');
    assert.deepEqual(await everything(), ['src', 'src/a.txt', 'src/b.txt']);
  });

  test('a file that cannot be written puts the originals back, folders included (invariant 4)', async () => {
    // The second rename fails: its target becomes a folder after it was checked.
    let renames = 0;
    const obstruct = () => {
      renames += 1;
      if (renames === 3) {
        rmSync(join(root, 'src/b.txt'));
        mkdirSync(join(root, 'src/b.txt', 'x'), { recursive: true });
      }
    };
    const changes = [change('new/deep/c.txt', null, 'C\n'), change('src/b.txt', 'b\n', 'B\n')];
    await assert.rejects(write(journal, changes, obstruct), { code: 'WORKSPACE_IO' });
    assert.deepEqual(await everything(), ['src', 'src/a.txt', 'src/b.txt', 'src/b.txt/x']);
  });

  test('what was put back is on the disk before the journal that knows of it goes (invariant 4)', async t => {
    const { fsync } = disk;
    const journalsAtSync: number[] = [];
    const folder = disk.statSync(join(root, 'src')).ino;
    t.mock.method(disk, 'fsync', (...args: Parameters<typeof fsync>) => {
      const isBack =
        readFileSync(join(root, 'src/a.txt'), 'utf8') === 'a\n' && !existsSync(join(root, 'src/c.txt'));
      if (disk.fstatSync(args[0]).ino === folder && isBack)
        journalsAtSync.push(readdirSync(journalFolder).length);
      fsync(...args);
    });
    syncBuiltinESMExports();
    const obstruct = () => {
      if (existsSync(join(root, 'src/c.txt'))) mkdirSync(join(root, 'd.txt'), { recursive: true });
    };
    const changes = [
      change('src/a.txt', 'a\n', 'A\n'),
      change('src/c.txt', null, 'C\n'),
      change('d.txt', null, 'D\n'),
    ];
    try {
      await assert.rejects(write(journal, changes, obstruct), { code: 'FILE_CHANGED' });
    } finally {
      t.mock.restoreAll();
      syncBuiltinESMExports();
    }
    assert.equal(journalsAtSync.length, 1);
    assert.ok((journalsAtSync[0] ?? 0) > 0, 'the journal is still there');
    assert.deepEqual(await everything(), ['d.txt', 'src', 'src/a.txt', 'src/b.txt']);
  });

  test('the journal is on the disk before the first file changes, and the files before the write ends (invariant 4)', async t => {
    const syncs: { ino: number; before: boolean; kept: number; after: boolean }[] = [];
    const changes = [change('src/a.txt', 'a\n', 'A\n'), change('new/deep/c.txt', null, 'C\n')];
    await eachSync(
      t,
      () => write(journal, changes, allowed),
      ino => {
        const before = readFileSync(join(root, 'src/a.txt'), 'utf8') === 'a\n';
        const after = !before && existsSync(join(root, 'new/deep/c.txt'));
        syncs.push({ ino, before, kept: readdirSync(journalFolder).length, after });
      },
    );
    const inoOf = (folder: string) => disk.statSync(folder).ino;
    const staged = syncs.filter(({ ino, before }) => ino === inoOf(journalFolder) && before);
    assert.deepEqual(
      staged.map(({ kept }) => kept),
      [3],
      'both new files and the original',
    );
    const places = ['src', 'new/deep', 'new', '.'];
    assert.deepEqual(
      places.filter(place => !syncs.some(({ ino, after }) => after && ino === inoOf(join(root, place)))),
      [],
      'every folder with a new name in it, also those that were made',
    );
  });

  test('what somebody writes over a file that was just written is theirs, and the write has failed (invariant 7)', async () => {
    const meanwhile = () => {
      if (readFileSync(join(root, 'src/a.txt'), 'utf8') === 'A\n')
        writeFileSync(join(root, 'src/a.txt'), 'theirs\n');
    };
    const changes = [change('src/a.txt', 'a\n', 'A\n'), change('src/b.txt', 'b\n', 'B\n')];
    await assert.rejects(write(journal, changes, meanwhile), { code: 'WORKSPACE_IO' });
    assert.deepEqual([await read('src/a.txt'), await read('src/b.txt')], ['theirs\n', 'b\n']);
  });

  test('who loses the lease before putting back puts nothing back (invariant 3)', async () => {
    const obstruct = () => {
      if (existsSync(join(root, 'c.txt'))) throw new JrError('LEASE_LOST', 'lost');
      if (readFileSync(join(root, 'src/a.txt'), 'utf8') === 'A\n')
        writeFileSync(join(root, 'c.txt'), 'theirs');
    };
    const changes = [change('src/a.txt', 'a\n', 'A\n'), change('c.txt', null, 'C\n')];
    await assert.rejects(write(journal, changes, obstruct), { code: 'LEASE_LOST' });
    assert.equal(await read('src/a.txt'), 'A\n');
  });

  test('a link where new bytes are to wait is not written through (invariant 13)', async () => {
    await mkdir(journalFolder, { recursive: true });
    await symlink(
      join(base, 'outside', 'secret.txt'),
      join(journalFolder, nameOf(journal, 'new', 'src/a.txt')),
    );
    await assert.rejects(write(journal, [change('src/a.txt', 'a\n', 'A\n')], allowed), {
      code: 'WORKSPACE_IO',
    });
    assert.equal(await readFile(join(base, 'outside', 'secret.txt'), 'utf8'), 'outside\n');
    assert.equal(await read('src/a.txt'), 'a\n');
  });

  test('a file that somebody makes at the last moment is theirs, even when it is like what was meant', async () => {
    for (const text of ['theirs\n', 'new\n']) {
      await rm(join(root, 'new.txt'), { force: true });
      const meanwhile = () => {
        if (existsSync(join(root, 'one.txt'))) writeFileSync(join(root, 'new.txt'), text);
      };
      const changes = [change('one.txt', null, 'one\n'), change('new.txt', null, 'new\n')];
      await assert.rejects(write(journal, changes, meanwhile), { code: 'FILE_CHANGED' });
      assert.equal(await read('new.txt'), text);
      assert.deepEqual(await everything(), ['new.txt', 'src', 'src/a.txt', 'src/b.txt']);
    }
  });

  // As file systems say it that have none, or let the user make none: most, SMB, FUSE (sshfs), Android.
  for (const code of ['EPERM', 'ENOTSUP', 'ENOSYS', 'EACCES']) {
    test(`on a disk without hard links (${code}): the same files, and the same way back`, async t => {
      const refuse = (_from: string, _to: string, callback: (error: Error) => void) =>
        callback(Object.assign(new Error(code), { code }));
      const refused = t.mock.method(disk, 'link', refuse);
      const { fsync } = disk;
      const synced = new Set<number>();
      t.mock.method(disk, 'fsync', (...args: Parameters<typeof fsync>) => {
        synced.add(disk.fstatSync(args[0]).ino);
        fsync(...args);
      });
      syncBuiltinESMExports();
      const changes = [change('src/a.txt', 'a\n', 'A\n'), change('new.txt', null, 'new\n')];
      try {
        await write(journal, changes, allowed);
      } finally {
        t.mock.restoreAll();
        syncBuiltinESMExports();
      }
      assert.equal(refused.mock.callCount(), 2);
      const kept = readdirSync(journalFolder).map(name => join(journalFolder, name));
      assert.deepEqual(
        kept.filter(file => !synced.has(disk.statSync(file).ino)),
        [],
        'what is kept outlives the power',
      );
      assert.deepEqual([await read('src/a.txt'), await read('new.txt')], ['A\n', 'new\n']);
      const written = changes.map(({ path, after }) => ({
        path,
        afterSha256: createHash('sha256').update(after).digest('hex'),
      }));
      const { restored } = await workspace.restore(latest, written, allowed);
      assert.deepEqual(restored, ['src/a.txt', 'new.txt']);
      assert.equal(await read('src/a.txt'), 'a\n');
      assert.deepEqual(await everything(), ['src', 'src/a.txt', 'src/b.txt']);
    });
  }

  test('one that cannot even be put back keeps its journal, and whoever goes on puts it back (invariant 4)', async () => {
    let original = '';
    const obstruct = () => {
      if (original !== '' || readFileSync(join(root, 'src/a.txt'), 'utf8') === 'a\n') return;
      mkdirSync(join(root, 'src/c.txt', 'x'), { recursive: true });
      original = readdirSync(journalFolder).find(name => name.startsWith('task-1.old-')) ?? '';
      renameSync(join(journalFolder, original), join(base, 'aside'));
    };
    const changes = [change('src/a.txt', 'a\n', 'A\n'), change('src/c.txt', null, 'C\n')];
    const answers = await workspace.write([{ journal, changes, mayWrite: obstruct }]);
    assert.match(String(answers[0]), /^Error: ENOENT/, 'no code: nobody can tell yet what becomes of it');
    assert.equal(await read('src/a.txt'), 'A\n');
    renameSync(join(base, 'aside'), join(journalFolder, original));
    const afterSha256 = createHash('sha256').update('A\n').digest('hex');
    const { restored } = await workspace.restore(latest, [{ path: 'src/a.txt', afterSha256 }], allowed);
    assert.deepEqual(restored, ['src/a.txt']);
    assert.equal(await read('src/a.txt'), 'a\n');
  });

  test('a folder swapped for a link after planning is noticed at write time (invariant 13)', async () => {
    assert.deepEqual(await load('src/new.txt'), { kind: 'missing' });
    await rm(join(root, 'src'), { recursive: true });
    await symlink(join(base, 'outside'), join(root, 'src'));
    await assert.rejects(write(journal, [change('src/new.txt', null, 'x')], allowed), {
      code: 'PATH_FORBIDDEN',
    });
    assert.deepEqual(await readdir(join(base, 'outside')), ['secret.txt']);
  });

  test('without the right to write nothing is touched (invariant 3)', async () => {
    const forbidden = () => {
      throw new JrError('LEASE_LOST', 'lost');
    };
    await assert.rejects(write(journal, [change('src/a.txt', 'a\n', 'A\n')], forbidden), {
      code: 'LEASE_LOST',
    });
    assert.equal(await read('src/a.txt'), 'a\n');
  });

  test('who loses the lease between two renames neither goes on nor goes back (invariant 3)', async () => {
    const thawed = () => {
      if (readFileSync(join(root, 'src/a.txt'), 'utf8') === 'A\n') throw new JrError('LEASE_LOST', 'lost');
    };
    const changes = [change('src/a.txt', 'a\n', 'A\n'), change('src/b.txt', 'b\n', 'B\n')];
    await assert.rejects(write(journal, changes, thawed), { code: 'LEASE_LOST' });
    assert.equal(await read('src/a.txt'), 'A\n');
    assert.equal(await read('src/b.txt'), 'b\n');
    // The next attempt, which knows what is done, finishes and clears what was left.
    await write({ ...journal, epoch: 2 }, [change('src/b.txt', 'b\n', 'B\n')], allowed);
    await workspace.forget([latest]);
    assert.deepEqual(await everything(), ['src', 'src/a.txt', 'src/b.txt']);
  });

  test('of several at once each is all or nothing by itself, and who fails harms no other (invariant 4)', async () => {
    const mayWrite = allowed;
    const own = (key: string, ...changes: Change[]) => ({ journal: { key, epoch: 1 }, changes, mayWrite });
    const lost = () => {
      throw new JrError('LEASE_LOST', 'lost');
    };
    const answers = await workspace.write([
      own('task-1', change('src/a.txt', 'a\n', 'A\n'), change('new/one.txt', null, 'one\n')),
      own('task-2', change('new/two.txt', null, 'two\n'), change('src/b.txt', 'stale\n', 'B\n')),
      { ...own('task-3', change('new/three.txt', null, 'three\n')), mayWrite: lost },
      own('task-4', change('new/deep/four.txt', null, 'four\n')),
    ]);
    assert.deepEqual(answers.map(codeOf), [null, 'FILE_CHANGED', 'LEASE_LOST', null]);
    await workspace.forget([latest, { ...latest, key: 'task-4' }]);
    assert.deepEqual(await everything(), [
      'new',
      'new/deep',
      'new/deep/four.txt',
      'new/one.txt',
      'src',
      'src/a.txt',
      'src/b.txt',
    ]);
    assert.deepEqual([await read('src/a.txt'), await read('src/b.txt')], ['A\n', 'b\n']);
  });

  test('two at once that have one file, also over a link, do not overwrite each other', async () => {
    await symlink('a.txt', join(root, 'src', 'link.txt'));
    const write = (key: string, path: string, after: string) => ({
      journal: { key, epoch: 1 },
      changes: [change(path, 'a\n', after)],
      mayWrite: allowed,
    });
    const answers = await workspace.write([
      write('task-1', 'src/a.txt', 'first\n'),
      write('task-2', 'src/link.txt', 'second\n'),
    ]);
    assert.deepEqual(answers.map(codeOf), [null, 'FILE_CHANGED']);
    assert.equal(await read('src/a.txt'), 'first\n');
  });

  test('a folder that a failed one had made stays when another of them writes into it', async () => {
    const mayWrite = allowed;
    // The second of its renames fails: a folder stands where it is to go.
    const obstruct = () => {
      if (existsSync(join(root, 'new', 'one.txt')))
        mkdirSync(join(root, 'src', 'c.txt', 'x'), { recursive: true });
    };
    const answers = await workspace.write([
      {
        journal: { key: 'task-1', epoch: 1 },
        changes: [change('new/one.txt', null, 'one\n'), change('src/c.txt', null, 'c\n')],
        mayWrite: obstruct,
      },
      { journal: { key: 'task-2', epoch: 1 }, changes: [change('new/two.txt', null, 'two\n')], mayWrite },
    ]);
    assert.deepEqual(answers.map(codeOf), ['FILE_CHANGED', null]);
    await workspace.forget([{ ...latest, key: 'task-2' }]);
    assert.deepEqual(await everything(), [
      'new',
      'new/two.txt',
      'src',
      'src/a.txt',
      'src/b.txt',
      'src/c.txt',
      'src/c.txt/x',
    ]);
  });
});
