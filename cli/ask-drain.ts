import { z } from 'zod';
import type { DrainRunView } from '../shared/ports/drain-view.ts';
import { saidOnce, UsageError } from './failures.ts';
import { invokeFunction } from './invoke-function.ts';
import type { Target } from './target.ts';

/** What the runbook answers: its own fields besides these. */
export interface DrainAnswer {
  readonly ok: boolean;
  readonly run?: DrainRunView | null;
  readonly error?: { readonly kind: 'usage' | 'refused'; readonly message: string };
  readonly [field: string]: unknown;
}

const shape = z.looseObject({ ok: z.boolean() });
const misasked = z.object({ error: z.object({ kind: z.literal('usage'), message: z.string() }) });
const crash = z.object({ errorMessage: z.string() });

/** What asking needs of a target. */
type Asked = Pick<Target, 'local' | 'functionName' | 'stage'>;

/**
 * Asks the runbook, on whatever stage Lambda answers. A function that failed is an answer that is not ok.
 *
 * @throws {UsageError} when it was asked for something that is not there
 */
export async function askDrain(target: Asked, payload: object): Promise<DrainAnswer> {
  const { failed, payload: answer } = await invokeFunction(target, 'drain', payload);
  const wrong = misasked.safeParse(answer).data;
  if (wrong !== undefined) throw new UsageError(wrong.error.message);
  if (!failed && shape.safeParse(answer).success) {
    // As functions/drain answers; the shape of what is not read here is its own business.
    return answer as DrainAnswer;
  }
  const { data } = crash.safeParse(answer);
  const message = data?.errorMessage ?? 'drain answered with something that is no answer of the runbook.';
  const where = target.stage === null ? '' : ` --stage ${target.stage}`;
  const advice = `See what is not well: npx jr doctor${where}`;
  return { ok: false, error: { kind: 'refused', message: `${saidOnce(message)} ${advice}` } };
}
