import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { LedgerRow } from '../shared/ports/ledger-export.ts';
import { UsageError } from './failures.ts';

/** Lines that are held together: with their documents a few megabytes at most. */
const pageLines = 200;

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
  let number = 0;
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number += 1;
    page.push(rowOf(line, `${file}:${number}`));
    if (page.length < pageLines) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

function rowOf(line: string, place: string): LedgerRow {
  try {
    return lineShape.parse(JSON.parse(line));
  } catch {
    throw new UsageError(`${place} is no line of an export.`);
  }
}
