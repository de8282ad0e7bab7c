import { hookFiles } from './hook-files.ts';
import { hookSql } from './hook-sql.ts';

let hooked: Promise<void> | undefined;

/** From here on whatever a victim sends to the ledger or does to the disk is a crash point, in this whole process. */
export async function hookCalls(): Promise<void> {
  hooked ??= hookFiles();
  hookSql();
  await hooked;
}
