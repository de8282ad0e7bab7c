import { open } from 'node:fs/promises';
import { failure } from '../../domain/failure.ts';
import type { FileState } from '../../ports/workspace.ts';
import { isCode, resolveInside } from './resolve.ts';

/** Reads one file of the workspace, or says why it cannot be used. */
export async function loadFile(realRoot: string, path: string, maxBytes: number): Promise<FileState> {
  try {
    const place = await resolveInside(realRoot, path);
    if (place.kind === 'refused') return place;
    if (!place.exists) return { kind: 'missing' };
    return await readBounded(place.realPath, path, maxBytes);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return { kind: 'missing' };
    const message = `${path} could not be read: ${error instanceof Error ? error.message : String(error)}.`;
    return { kind: 'refused', failure: failure('WORKSPACE_IO', message) };
  }
}

async function readBounded(realPath: string, path: string, maxBytes: number): Promise<FileState> {
  const file = await open(realPath, 'r');
  try {
    const { size, ...stats } = await file.stat().then(s => ({ size: s.size, isFile: s.isFile() }));
    if (!stats.isFile) {
      const message = `${path} is a folder or a special file: name a regular file.`;
      return { kind: 'refused', failure: failure('PATH_FORBIDDEN', message) };
    }
    if (size > maxBytes) {
      const message = `${path} has ${size} bytes; files over ${maxBytes} bytes are not edited by instruction files.`;
      return { kind: 'refused', failure: failure('LIMIT_EXCEEDED', message) };
    }
    return { kind: 'file', bytes: await file.readFile() };
  } finally {
    await file.close();
  }
}
