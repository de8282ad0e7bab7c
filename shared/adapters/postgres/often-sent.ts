import pg from 'pg';

/**
 * A statement that every batch sends: the server prepares it once for a connection, under its name, instead of reading
 * and planning it each time, which is half of what such a statement costs. Its text must never vary, and a LIMIT in it
 * is a literal: the plan is one for all values.
 */
export function oftenSent(name: string, text: string, values: readonly unknown[]): pg.QueryConfig {
  return { name, text, values: [...values] };
}

/**
 * A connection over an RDS Proxy. What is prepared under a name would tie it to one connection behind the proxy for
 * good: there statements go without names.
 */
export class ProxiedClient extends pg.Client {
  // The overloads of query cannot be named one by one: the arguments are passed on as they came, but for the name.
  override query: pg.Client['query'] = (...args: unknown[]) => {
    const [first, ...rest] = args;
    const named = typeof first === 'object' && first !== null && 'text' in first && 'name' in first;
    return Reflect.apply(super.query, this, [named ? { ...first, name: undefined } : first, ...rest]);
  };
}
