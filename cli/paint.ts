import { styleText } from 'node:util';
import { cellsOf, shorten } from './terminal-cells.ts';

/** All there are: `print` leaves their codes alone. */
export const styles = ['bold', 'dim', 'red', 'green', 'yellow', 'magenta', 'cyan'] as const;

export type Style = (typeof styles)[number];

/** Colours for a person on a terminal; plain text into a file or a pipe, or with NO_COLOR. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** Its cells, which hold no colours, are cut short where a line would not fit the terminal; the last such column first. */
  readonly cut?: true;
}

/** The narrowest that a column is cut to: less than that says nothing. */
const narrowest = 16;

/**
 * A table as lines: as wide as its cells, no frame. Cells may hold colours.
 * @param terminal how many cells a line of the terminal has; undefined into a file or a pipe
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminal: number | undefined = process.stdout.columns,
): string[] {
  const widths = columns.map(({ title }, i) =>
    Math.max(cellsOf(title), ...rows.map(row => cellsOf(row[i] ?? ''))),
  );
  const all = widths.reduce((sum, width) => sum + width + 2, -2);
  let over = all - (terminal || Infinity);
  for (const [i, { cut }] of [...columns.entries()].reverse()) {
    const width = widths[i] ?? 0;
    if (!cut || over <= 0 || width <= narrowest) continue;
    widths[i] = Math.max(narrowest, width - over);
    over -= width - widths[i];
  }
  const line = (cells: readonly string[]) =>
    cells
      .map((text, i) => {
        const { align, cut } = columns[i] ?? {};
        const width = widths[i] ?? 0;
        const cell = cut ? shorten(text, width) : text;
        const gap = ' '.repeat(Math.max(0, width - cellsOf(cell)));
        return align === 'right' ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [paint('dim', line(columns.map(({ title }) => title))), ...rows.map(line)];
}

/** A unified diff in the usual colours. */
export function paintDiff(diff: string): string {
  return diff
    .split('\n')
    .map(line => {
      if (line.startsWith('+++') || line.startsWith('---')) return paint('bold', line);
      if (line.startsWith('@@')) return paint('cyan', line);
      if (line.startsWith('+')) return paint('green', line);
      if (line.startsWith('-')) return paint('red', line);
      return line;
    })
    .join('\n');
}

/** A text whose lines all begin four columns further in. */
export function indent(text: string): string {
  return text.replace(/^/gm, '    ');
}

/** The sentence of a problem and, further in, the diff that it may end with. */
export function problemMessage(message: string): string[] {
  const [sentence = '', ...diff] = message.split('\n');
  return [`  ${sentence}`, ...(diff.length === 0 ? [] : [indent(paintDiff(diff.join('\n')))])];
}
