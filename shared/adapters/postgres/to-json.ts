/** An escape of NUL, or of half a surrogate pair: JSON.stringify writes both so. */
const unstorable = /\\u(0000|d[89a-f])/;

/**
 * JSON that jsonb takes. Texts from documents and files may hold NUL, or half a surrogate pair where they were cut;
 * Postgres holds neither, and one such text would make the statement of a whole batch fail, at every delivery.
 */
export function toJson(value: unknown): string {
  const json = JSON.stringify(value);
  // Rare: looking at every single text would take longer than all the rest here.
  if (!json.includes('\\u') || !unstorable.test(json)) return json;
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'string' ? storable(member) : member,
  );
}

function storable(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}
