import type { Log } from '../../ports/log.ts';

/** One JSON line an event on standard output, as CloudWatch Logs takes it in. `context` is in every line. */
export function jsonLog(
  context: Record<string, unknown> = {},
  write: (line: string) => void = line => process.stdout.write(`${line}\n`),
): Log {
  const at = (level: string) => (event: string, fields?: Record<string, unknown>) =>
    write(JSON.stringify({ level, event, ...context, ...fields }));
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
