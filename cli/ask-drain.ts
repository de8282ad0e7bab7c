import { z } from 'zod';
import type { DrainRunView } from '../shared/ports/drain-view.ts';
import { invokeFunction } from './invoke-function.ts';
import type { Target } from './target.ts';

/** What the runbook answers: its own fields besides these. */
export interface DrainAnswer {
  readonly ok: boolean;
  readonly run?: DrainRunView | null;
  readonly error?: { readonly message: string };
  readonly [field: string]: unknown;
}

const shape = z.looseObject({ ok: z.boolean() });
const crash = z.object({ errorMessage: z.string() });

/** Asks the runbook, on whatever stage Lambda answers. A function that failed is an answer that is not ok. */
export async function askDrain(target: Target, payload: object): Promise<DrainAnswer> {
  const { failed, payload: answer } = await invokeFunction(target, 'drain', payload);
  if (!failed && shape.safeParse(answer).success) {
    // As functions/drain answers; the shape of what is not read here is its own business.
    return answer as DrainAnswer;
  }
  const { data } = crash.safeParse(answer);
  const message = data?.errorMessage ?? 'drain answered with something that is no answer of the runbook.';
  return { ok: false, error: { message } };
}
