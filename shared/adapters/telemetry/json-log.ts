import { redact } from '../../domain/redact.ts';
import type { Log } from '../../ports/log.ts';

/**
 * One JSON line an event on standard output, as CloudWatch Logs takes it in, without what looks like a credential
 * (invariant 14).
 *
 * @param context what is in every line; asked for each of them
 */
export function jsonLog(
  context: () => Record<string, unknown> = () => ({}),
  write: (line: string) => void = line => process.stdout.write(`${line}\n`),
  now: () => Date = () => new Date(),
): Log {
  const at = (level: string) => (event: string, fields?: Record<string, unknown>) =>
    write(JSON.stringify({ level, time: now(), event, ...context(), ...fields }, withoutSecrets));
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

function withoutSecrets(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? redact(value) : value;
}
