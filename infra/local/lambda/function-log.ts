import { createWriteStream, existsSync, mkdirSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

const ROTATE_BYTES = 10 * 1024 * 1024;

/** The log of one function: a file that every environment of it appends to. */
export interface FunctionLog {
  write(text: string): void;
  close(): Promise<void>;
}

/** Opens the log; what an earlier start wrote is kept, and put aside as `<file>.1` once it is large. */
export function openFunctionLog(file: string): FunctionLog {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > ROTATE_BYTES) renameSync(file, `${file}.1`);
  const stream: WriteStream = createWriteStream(file, { flags: 'a' });
  stream.on('error', error => console.error(`The log ${file} cannot be written: ${error.message}`));
  return {
    write: text => {
      stream.write(text.endsWith('\n') ? text : `${text}\n`);
    },
    close: () => new Promise(resolve => stream.end(() => resolve())),
  };
}

/** The last bytes of what an environment wrote, as much as the Invoke API returns. */
export class LogTail {
  static readonly LIMIT = 4 * 1024;
  #text = '';

  add(text: string): void {
    this.#text = (this.#text + text).slice(-LogTail.LIMIT);
  }

  clear(): void {
    this.#text = '';
  }

  toBase64(): string {
    return Buffer.from(this.#text).toString('base64');
  }
}
