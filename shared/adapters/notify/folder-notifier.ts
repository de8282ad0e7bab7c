import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { noticeText } from '../../domain/notice.ts';
import type { Notifier } from '../../ports/notifier.ts';

/**
 * Notices as files of a folder, for one machine: `entry-7-level-2.txt`. A notice that is published again after a crash
 * replaces itself.
 */
export function folderNotifier(folder: string): Notifier {
  return {
    async publish(notice) {
      const { subject, text } = noticeText(notice);
      await mkdir(folder, { recursive: true });
      const file = join(folder, `entry-${notice.entryId}-level-${notice.level}.txt`);
      await writeFile(`${file}.tmp`, `${subject}\n\n${text}\n`);
      await rename(`${file}.tmp`, file);
    },
  };
}
