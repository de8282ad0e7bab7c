import { z } from 'zod';

/** Where everything of a running stack is: the very object that `jr up --json` prints. */
export const stackInfo = z.object({
  database_url: z.string(),
  sqs_endpoint: z.string(),
  scheduler_endpoint: z.string(),
  lambda_endpoint: z.string(),
  /** Queue name to queue URL. */
  queues: z.record(z.string(), z.string()),
  /** The folder that tasks work on. */
  workspace: z.string(),
});

export type StackInfo = z.infer<typeof stackInfo>;
