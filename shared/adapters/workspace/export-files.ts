import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportFiles } from '../../ports/ledger-export.ts';
import { syncFolders } from './file-bytes.ts';

/** Exports as files of the folder `exports` of a workspace. */
export function folderExportFiles(workspaceRoot: string): ExportFiles {
  const folder = join(workspaceRoot, 'exports');
  return {
    async write(name, work) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const draft = join(folder, `${name}.part`);
      const hash = createHash('sha256');
      let bytes = 0;
      try {
        const file = await open(draft, 'w', 0o600);
        try {
          await work(async text => {
            const piece = Buffer.from(text);
            hash.update(piece);
            bytes += piece.length;
            await file.writeFile(piece);
          });
          await file.sync();
        } finally {
          await file.close();
        }
        const sha256 = hash.digest('hex');
        await writeFile(join(folder, `${name}.sha256`), `${sha256}  ${name}\n`);
        await rename(draft, join(folder, name));
        await syncFolders([folder]);
        return { path: `exports/${name}`, bytes, sha256 };
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
  };
}
