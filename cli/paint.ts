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
  /** It is left out of a terminal on which the table does not fit even so; the last such column first. */
  readonly spare?: true;
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
  const measured = columns.map((column, i) => ({
    ...column,
    i,
    width: Math.max(cellsOf(column.title), ...rows.map(row => cellsOf(row[i] ?? ''))),
  }));
  const shown = fitting(measured, terminal || Infinity);
  const line = (cells: readonly string[]) =>
    shown
      .map(({ align, cut, i, width }) => {
        const text = cells[i] ?? '';
        const cell = cut ? shorten(text, width) : text;
        const gap = ' '.repeat(Math.max(0, width - cellsOf(cell)));
        return align === 'right' ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [paint('dim', line(columns.map(({ title }) => title))), ...rows.map(line)];
}

/** The columns that are shown, each as wide as there is room for it. */
function fitting<C extends Column & { width: number }>(columns: readonly C[], terminal: number): C[] {
  const least = ({ cut, width }: C) => (cut ? Math.min(width, narrowest) : width);
  const lineOf = (some: readonly C[], widthOf: (column: C) => number) =>
    some.reduce((sum, column) => sum + widthOf(column) + 2, -2);
  const shown = [...columns];
  for (const column of columns.toReversed()) {
    if (column.spare && lineOf(shown, least) > terminal) shown.splice(shown.indexOf(column), 1);
  }
  let over = lineOf(shown, ({ width }) => width) - terminal;
  for (const column of shown.toReversed()) {
    const give = Math.min(over, column.width - least(column));
    if (give <= 0) continue;
    column.width -= give;
    over -= give;
  }
  return shown;
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
