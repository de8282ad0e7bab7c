/** A part of the local stack that could not do what it was asked; the message says what to do about it. */
export class StackError extends Error {
  override readonly name = 'StackError';
}

/** The sentence of anything thrown, for logs and for wrapping. */
export function sentence(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** For a look at what need not be there: `otherwise` where it is not; whatever else stands in the way is thrown on. */
export function orIfAbsent<T>(otherwise: T): (error: unknown) => T {
  return error => {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return otherwise;
    throw error;
  };
}

/** The `code` of a system error (`ENOENT`), or undefined when it has none. */
export function errorCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined;
  return typeof thrown.code === 'string' ? thrown.code : undefined;
}
