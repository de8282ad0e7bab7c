import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A folder that is gone when the test is. `done` runs before it goes. */
export async function tempFolder(t: TestContext, done?: () => Promise<unknown>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'jr-test-'));
  t.after(async () => {
    await done?.();
    await rm(folder, { recursive: true, force: true });
  });
  return folder;
}
