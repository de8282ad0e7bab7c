import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Notifier } from '../../ports/notifier.ts';

/**
 * Announcements as files of a folder, for one machine: `entry-7-level-2.txt`. One that is published again after a crash
 * replaces itself.
 */
export function folderNotifier(folder: string): Notifier {
  return {
    async publish({ id, subject, text }) {
      await mkdir(folder, { recursive: true });
      const file = join(folder, `${id}.txt`);
      await writeFile(`${file}.tmp`, `${subject}\n\n${text}\n`);
      await rename(`${file}.tmp`, file);
    },
  };
}
