import type { StackInfo } from '../infra/local/stack.ts';
import { paint } from './paint.ts';

/** The addresses of a running stack for a person. */
export function stackLines(info: StackInfo): string[] {
  return [
    ['ledger', info.database_url],
    ['queue', info.queues['jr-tasks'] ?? ''],
    ['scheduler', info.scheduler_endpoint],
    ['functions', info.lambda_endpoint],
    ['workspace', info.workspace],
  ].map(([name = '', value = '']) => `  ${paint('dim', name.padEnd(10))} ${value}`);
}
