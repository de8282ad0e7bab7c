import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { JrError } from '../../domain/failure.ts';
import { mostFileBytes } from '../../domain/file-size.ts';
import type { FileState, Workspace } from '../../ports/workspace.ts';
import { loadFile } from './load-file.ts';
import { journalsWith } from './read-journals.ts';
import { removeStaging } from './remove-journals.ts';
import { Folders } from './resolve.ts';
import { restore } from './restore.ts';
import { unusedSince } from './staging-folder.ts';
import { writeTogether } from './write-together.ts';

export interface WorkspaceOptions {
  /** The folder; it must exist. */
  readonly root: string;
  /** Larger files are refused rather than read into memory, in bytes. */
  readonly maxFileBytes?: number;
}

/** A workspace on a file system: a local folder, or EFS in AWS. */
export function fileWorkspace(options: WorkspaceOptions): Workspace {
  const { maxFileBytes = mostFileBytes } = options;
  const root = resolve(options.root);
  return {
    async load(paths) {
      const states = new Map<string, FileState>();
      const namedBefore = new Map<string, string>();
      const folders = new Folders();
      for (const path of paths) {
        states.set(path, loadFile(root, path, maxFileBytes, namedBefore, folders));
      }
      // Nothing is found in a workspace that is away.
      if (![...states.values()].some(({ kind }) => kind === 'file')) rootOf(root);
      return states;
    },
    write: async writes => await writeTogether(rootOf(root), writes),
    // Only names are read, for which the way to the folder does not matter.
    heldBy: writes => answered(() => journalsWith(root, writes)),
    atRestSince: () => answered(async () => unusedSince(rootOf(root))),
    restore: (journal, files, mayWrite) => answered(() => restore(rootOf(root), journal, files, mayWrite)),
    forget: async journals => await removeStaging(rootOf(root), journals),
  };
}

/** A disk that is away for a while is no defect of the attempt that asks it: it is tried again. */
async function answered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof JrError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JrError('WORKSPACE_IO', `The workspace does not answer: ${why}. It is tried again.`, { cause });
  }
}

/** Where the workspace really is. @throws {JrError} WORKSPACE_IO when it is away */
export function rootOf(root: string): string {
  try {
    return realpathSync.native(root);
  } catch (cause) {
    throw new JrError('WORKSPACE_IO', `The workspace ${root} cannot be reached: create or mount it.`, {
      cause,
    });
  }
}
