import { type ByteText, byteText, encode } from './bytes.ts';
import { dominantEnding, type Ending, LineList } from './line-list.ts';

const marks = ['\ufeff', '\u00ef\u00bb\u00bf'];

/** A file while it is planned: its lines, and what is needed to turn them into bytes again. */
export class FileText {
  readonly #form: ByteText;
  /** The byte order mark, when the file has one: it is no part of the first line. */
  readonly #mark: string;
  /** Made when it is first asked for: a whole file that is found as it should be needs no lines. */
  #list: LineList | null = null;
  readonly dominant: Exclude<Ending, ''>;
  /** The text as it was read, without the byte order mark. */
  readonly original: string;

  constructor(bytes: Uint8Array) {
    this.#form = byteText(bytes);
    const { text } = this.#form;
    this.#mark = marks.find(mark => text.startsWith(mark)) ?? '';
    const body = text.slice(this.#mark.length);
    this.dominant = dominantEnding(body);
    this.original = body;
  }

  get list(): LineList {
    this.#list ??= new LineList(this.original);
    return this.#list;
  }

  /** A step's text as this file's text has it. */
  toText(stepText: string): string {
    return this.#form.toText(stepText);
  }

  get text(): string {
    return this.#list?.toText() ?? this.original;
  }

  /** A whole file's content with the byte order mark and the line endings that this file has. */
  wholeFile(content: string): string {
    const text = this.toText(content);
    return this.dominant === '\n' ? text : text.replaceAll('\n', this.dominant);
  }

  replaceAll(text: string): void {
    this.#list = new LineList(text);
  }

  toBytes(): Uint8Array {
    return this.#form.toBytes(this.#mark + this.text);
  }
}

/** A new file of the given content. */
export function newFileText(content: string): FileText {
  return new FileText(encode(content));
}
