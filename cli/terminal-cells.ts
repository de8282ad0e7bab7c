/** What takes no cell of its own on a terminal: marks on the letter before, and joiners. */
const none = /^(?:\p{Mark}|[\u200b-\u200d])$/u;
/** What takes two: East Asian letters and most emoji. */
const two =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]$/u;

/** How many cells of a terminal a text takes; colours take none. */
export function cellsOf(text: string): number {
  let cells = 0;
  for (const letter of withoutColours(text)) cells += cellsOfLetter(letter);
  return cells;
}

/** The first line of a text without colours, cut with an ellipsis where it takes more cells than that. */
export function shorten(text: string, cells: number): string {
  const line = text.split('\n', 1)[0] ?? '';
  if (cellsOf(line) <= cells) return line;
  let kept = '';
  let room = cells - 1;
  for (const letter of line) {
    room -= cellsOfLetter(letter);
    if (room < 0) break;
    kept += letter;
  }
  return `${kept}…`;
}

function cellsOfLetter(letter: string): number {
  if (letter <= '~') return 1;
  if (none.test(letter)) return 0;
  return two.test(letter) ? 2 : 1;
}

function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour
  return text.replace(/\u001b\[[0-9;]*m/g, '');
}
