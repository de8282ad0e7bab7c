import { z } from 'zod';
import { stackInfo } from './stack-info.ts';

/** What the daemon tells the command that started it, while it starts. */
export const daemonMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), line: z.string() }),
  z.object({ type: z.literal('ready'), info: stackInfo }),
  /** Another daemon has the state folder. */
  z.object({ type: z.literal('busy') }),
  z.object({ type: z.literal('failed'), message: z.string() }),
]);

export type DaemonMessage = z.infer<typeof daemonMessage>;
