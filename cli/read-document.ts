import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { documentText } from '../shared/instruction/document-text.ts';
import { UsageError } from './failures.ts';

const why: Readonly<Record<string, string>> = {
  ENOENT: 'is not there: check its name',
  ENOTDIR: 'is not there: check its name',
  EISDIR: 'is a folder: name one instruction file in it',
  EACCES: 'may not be read by you: change its mode',
};

/**
 * The text of an instruction file, or of standard input for `-`. What it holds is written to the workspace byte for
 * byte, so one that is not UTF-8 is refused rather than read with replacement characters.
 *
 * @throws {UsageError} when it cannot be read
 */
export async function readDocument(name: string): Promise<string> {
  const bytes = name === '-' ? await buffer(process.stdin) : await readBytes(name);
  const subject = name === '-' ? 'The document on standard input' : `The instruction file ${name}`;
  const text = documentText(bytes);
  if (text === null) throw new UsageError(`${subject} is not text in UTF-8: save it as UTF-8.`);
  return text;
}

async function readBytes(name: string): Promise<Buffer> {
  try {
    return await readFile(name);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const code = 'code' in error ? String(error.code) : '';
    throw new UsageError(
      `The instruction file ${name} ${why[code] ?? `cannot be read (${error.message}): check its name`}.`,
    );
  }
}
