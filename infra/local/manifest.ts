/**
 * What the cloud consists of, read from the same two files as the deployment: `infra/functions.json` and
 * `infra/ladder.json`.
 */
import { z } from 'zod';
import functionsFile from '../functions.json' with { type: 'json' };
import ladderFile from '../ladder.json' with { type: 'json' };

const functionSpec = z.strictObject({
  /** Source file whose export `handler` is the function. */
  handler: z.string(),
  timeout_seconds: z.number().positive().max(900),
  memory_mb: z.number().int().min(128).max(10_240),
  /** Whether it works on the workspace: deployed, only these have it mounted. */
  workspace: z.boolean().optional(),
  sqs: z
    .array(
      z.strictObject({
        queue: z.string(),
        batch_size: z.number().int().min(1).max(10),
        /** Execution environments that work on this queue at a time. AWS takes no less than 2. */
        maximum_concurrency: z.number().int().min(1).optional(),
      }),
    )
    .optional(),
  /** Recurring invocations, in the expressions of EventBridge Scheduler. */
  schedules: z.array(z.strictObject({ expression: z.string(), input: z.json().optional() })).optional(),
});

const level = z.strictObject({
  level: z.number().int(),
  name: z.string(),
  queue: z.string(),
  /** Receives before the message moves to the next level's queue; null: it stays. */
  max_receive_count: z.number().int().min(1).nullable(),
  retention_days: z.number().min(1).max(14),
});

const functionSpecs = z.record(z.string(), functionSpec);
/** The rules of the ladder are the functions' business; the stack needs its queues. */
const ladder = z.object({ levels: z.array(level).min(1) });

export type FunctionSpec = z.infer<typeof functionSpec>;
export type FunctionSpecs = Readonly<Record<string, FunctionSpec>>;
export type Ladder = z.infer<typeof ladder>;

/** Every function of `infra/functions.json`. */
export const declaredFunctions: FunctionSpecs = functionSpecs.parse(functionsFile);

/** The levels of `infra/ladder.json`, lowest first. */
export const declaredLadder: Ladder = ladder.parse(ladderFile);
