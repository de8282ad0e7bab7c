import disk from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname } from 'node:path';
import type { TestContext } from 'node:test';

/**
 * Makes the disk answer as a network file system does: that a name is not there is remembered, and told again whatever
 * others do meanwhile, until its folder is opened. What is done by `others` neither learns from that memory nor changes it.
 */
export function rememberingDisk(t: TestContext): { others<T>(work: () => Promise<T>): Promise<T> } {
  const { lstatSync, openSync, fstatSync, readFileSync } = disk;
  const missing = new Set<string>();
  const isMissing = (path: string): boolean =>
    missing.has(path) || (path !== '/' && isMissing(dirname(path)));
  const refuse = (path: unknown) => {
    if (isMissing(String(path))) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  };
  const begin = () => {
    t.mock.method(disk, 'lstatSync', (...args: Parameters<typeof lstatSync>) => {
      const path = String(args[0]);
      const stats = isMissing(path) ? undefined : lstatSync(...args);
      if (stats === undefined) missing.add(path);
      return stats;
    });
    t.mock.method(disk, 'openSync', (...args: Parameters<typeof openSync>) => {
      refuse(args[0]);
      const file = openSync(...args);
      if (fstatSync(file).isDirectory())
        for (const name of missing) if (dirname(name) === String(args[0])) missing.delete(name);
      return file;
    });
    t.mock.method(disk, 'readFileSync', (...args: Parameters<typeof readFileSync>) => {
      refuse(args[0]);
      return readFileSync(...args);
    });
    syncBuiltinESMExports();
  };
  const end = () => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  };
  begin();
  t.after(end);
  return {
    async others(work) {
      end();
      return await work().finally(begin);
    },
  };
}
