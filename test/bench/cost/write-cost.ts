import { readFile, writeFile } from 'node:fs/promises';
import type { Counted } from './counted.ts';
import { costSection, withSection } from './page.ts';

const file = new URL('counted.json', import.meta.url);
const page = new URL('../../../docs/operations.md', import.meta.url);

/** Keeps what was counted, and writes what follows from it into docs/operations.md. */
export async function writeCost(now: Counted): Promise<void> {
  await writeFile(file, `${JSON.stringify(now, null, 2)}\n`);
  await writeFile(page, withSection(await readFile(page, 'utf8'), costSection(now)));
}
