import { inspect } from 'node:util';
import { styles } from './paint.ts';

const colours = [...new Set(styles.flatMap(style => inspect.colors[style] ?? []))].join('|');

/** Control characters but for tabs and ends of lines; the colours of `paint` are found too, so that they are left. */
const controls = new RegExp(
  `\\u001b\\[(?:${colours})m|\\r\\n|[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]`,
  'g',
);

/**
 * Prints to standard output. What a document, a file or a title holds may not steer the terminal of who is to judge it:
 * a sequence that clears the screen or hides a line is shown as `\u001b` and so on, which means the same to JSON.
 */
export function print(text: string): void {
  process.stdout.write(harmless(text));
}

/** Prints to standard error, likewise: the sentence of an error quotes what it is about. */
export function complain(text: string): void {
  process.stderr.write(harmless(text));
}

/** An error for a program: one line of JSON on standard error. */
export function complainJson(message: string): void {
  complain(`${JSON.stringify({ error: { message } })}\n`);
}

function harmless(text: string): string {
  return text.replace(controls, found => (found.length > 1 ? found : escaped(found)));
}

function escaped(control: string): string {
  return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
