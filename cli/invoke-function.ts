import { z } from 'zod';
import { UsageError } from './failures.ts';

/** What a function answered: its result, or what it failed with. Both as it sent them. */
export interface Answer {
  readonly failed: boolean;
  readonly payload: unknown;
}

/** What Lambda answers when it refuses. */
const refusal = z.object({ message: z.string() });

/**
 * Invokes a function by Lambda's own API and waits for its answer.
 *
 * @param endpoint where Lambda listens
 * @throws {UsageError} when there is no such function, or nobody listens
 */
export async function invokeFunction(endpoint: string, name: string, payload: unknown): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`${endpoint}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
      method: 'POST',
      body: JSON.stringify(payload),
    });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new UsageError(
      `Lambda does not answer at ${endpoint} (${cause instanceof Error ? cause.message : cause}): is the local stack up? See "npx jr up".`,
    );
  }
  const text = await response.text();
  const answer: unknown = text === '' ? null : JSON.parse(text);
  if (!response.ok) {
    const { data } = refusal.safeParse(answer);
    throw new UsageError(data?.message ?? `Lambda refused with status ${response.status}.`);
  }
  return { failed: response.headers.has('x-amz-function-error'), payload: answer };
}
