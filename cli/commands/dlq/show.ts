import { describeEntry } from '../../dlq-text.ts';
import { exitCodes } from '../../failures.ts';
import { print } from '../../print.ts';
import { entryIdOf, unknownEntry } from '../../signature.ts';
import { withStack } from '../../stack-client.ts';

/** `jr dlq show`: everything that a person needs to decide about an entry. */
export async function show(id: string, { json }: { json?: boolean }): Promise<number> {
  const entryId = entryIdOf(id);
  return await withStack(async ({ dlq, rules }) => {
    const entry = await dlq.getEntry(entryId);
    if (entry === null) throw unknownEntry(entryId);
    print(`${json ? JSON.stringify(entry) : describeEntry(entry, rules.council_quorum)}\n`);
    return exitCodes.done;
  });
}
