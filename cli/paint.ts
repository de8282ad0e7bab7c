import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Colours for a person on a terminal; plain text into a file or a pipe, or with NO_COLOR. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

/** A table as lines: as wide as its cells, no frame. Cells may hold colours. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, i) =>
    Math.max(title.length, ...rows.map(row => visibleLength(row[i] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const gap = ' '.repeat(Math.max(0, (widths[i] ?? 0) - visibleLength(cell)));
        return columns[i]?.align === 'right' ? gap + cell : cell + gap;
      })
      .join('  ')
      .trimEnd();
  return [paint('dim', line(columns.map(({ title }) => title))), ...rows.map(line)];
}

function visibleLength(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour
  return text.replace(/\u001b\[[0-9;]*m/g, '').length;
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
