import pg from 'pg';

/** Statements that were sent by this process while `work` ran, each as its first line, in order. */
export async function recordStatements(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const original = pg.Client.prototype.query;
  pg.Client.prototype.query = function (this: pg.Client, ...args: unknown[]) {
    const [first] = args;
    const text = typeof first === 'string' ? first : String((first as { text?: unknown } | null)?.text);
    statements.push(text.trim().split('\n', 1)[0] ?? '');
    // The overloads of query cannot be named one by one: the arguments are passed on as they came.
    return Reflect.apply(original, this, args);
  } as typeof original;
  try {
    await work();
  } finally {
    pg.Client.prototype.query = original;
  }
  return statements;
}
