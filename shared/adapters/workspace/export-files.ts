import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { JrError } from '../../domain/failure.ts';
import type { ExportFiles } from '../../ports/ledger-export.ts';
import { syncFolder } from './file-bytes.ts';
import { isCode } from './is-code.ts';

/** Bytes that are read at a time for the checksum. */
const pieceBytes = 1024 * 1024;

/** Exports as files of a workspace: `<file>.part` while they are written. */
export function folderExportFiles(workspaceRoot: string): ExportFiles {
  const draftOf = (file: string) => join(workspaceRoot, `${file}.part`);
  return {
    open: (file, bytes) =>
      written(file, async () => {
        // The workspace itself is never made: one that is missing is away, and what is written in its place is hidden
        // below it when it is back.
        await mkdir(dirname(draftOf(file)), { mode: 0o700 }).catch(error => {
          if (!isCode(error, 'EEXIST')) throw error;
        });
        const draft = await open(draftOf(file), 'a', 0o600);
        try {
          if ((await draft.stat()).size < bytes) {
            await draft.close();
            return null;
          }
          await draft.truncate(bytes);
        } catch (error) {
          await draft.close();
          throw error;
        }
        return {
          append: text => written(file, () => draft.writeFile(text)),
          sync: () =>
            written(file, async () => {
              await draft.datasync();
              return (await draft.stat()).size;
            }),
          close: () => draft.close(),
        };
      }),
    finish: file =>
      written(file, async () => {
        const sha256 = await checksumOf(draftOf(file));
        const place = join(workspaceRoot, file);
        const beside = await open(`${place}.sha256`, 'w');
        try {
          await beside.writeFile(`${sha256}  ${basename(file)}\n`);
          await beside.sync();
        } finally {
          await beside.close();
        }
        await rename(draftOf(file), place);
        await syncFolder(dirname(place));
        return sha256;
      }),
  };
}

/** Of what the disk has: an export is written by one invocation after another. */
async function checksumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(pieceBytes);
  const file: FileHandle = await open(path, 'r');
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, pieceBytes);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

async function written<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new JrError('WORKSPACE_IO', `The export ${file} could not be written: ${why}.`, { cause: error });
  }
}
