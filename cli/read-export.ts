import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { LedgerRow } from '../shared/ports/ledger-export.ts';
import { UsageError } from './failures.ts';

/** What is held together: so many lines, and so many characters unless one line has more. */
const pageLines = 200;
const pageLength = 2 * 1024 * 1024;

const lineShape = z.object({ table: z.string(), row: z.record(z.string(), z.unknown()) });

/** Reads the whole file once to see that it is what was written. @throws {UsageError} when it is not */
export async function verifyExport(file: string): Promise<string> {
  await access(file).catch(() => {
    throw new UsageError(`${file} cannot be read: name a file that "jr drain export" wrote.`);
  });
  const beside = await readFile(`${file}.sha256`, 'utf8').catch(() => {
    throw new UsageError(`${file}.sha256 is not there: the checksum comes with the export, copy both.`);
  });
  const expected = beside.split(/\s/, 1)[0];
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file)) hash.update(piece);
  const actual = hash.digest('hex');
  if (actual !== expected) {
    throw new UsageError(
      `${file} is not what was exported: its SHA-256 is ${actual}, ${file}.sha256 says ${expected}. Copy it again.`,
    );
  }
  return actual;
}

/** The rows of an export, a page at a time. @throws {UsageError} for a line that is none, naming it */
export async function* readExport(file: string): AsyncGenerator<readonly LedgerRow[]> {
  let page: LedgerRow[] = [];
  let length = 0;
  let number = 0;
  for await (const line of linesOf(file)) {
    number += 1;
    page.push(rowOf(line, `${file}:${number}`));
    length += line.length;
    if (page.length < pageLines && length < pageLength) continue;
    yield page;
    page = [];
    length = 0;
  }
  if (page.length > 0) yield page;
}

/** One by one: node:readline runs ahead of its reader by a thousand lines, which may be of half a megabyte each. */
async function* linesOf(file: string): AsyncGenerator<string> {
  let begun: string[] = [];
  for await (const piece of createReadStream(file, 'utf8') as AsyncIterable<string>) {
    const [first = '', ...others] = piece.split('\n');
    begun.push(first);
    for (const next of others) {
      yield begun.join('');
      begun = [next];
    }
  }
  if (begun.join('') !== '') yield begun.join('');
}

function rowOf(line: string, place: string): LedgerRow {
  try {
    return lineShape.parse(JSON.parse(line));
  } catch {
    throw new UsageError(`${place} is no line of an export.`);
  }
}
