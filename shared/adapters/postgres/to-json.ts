/**
 * JSON that jsonb takes. Texts from documents and files may hold NUL, or half a surrogate pair where they were cut;
 * Postgres holds neither, and one such text would make the statement of a whole batch fail, at every delivery.
 */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === 'string' ? storable(member) : member,
  );
}

function storable(text: string): string {
  return text.replaceAll('\u0000', '\uFFFD').toWellFormed();
}
