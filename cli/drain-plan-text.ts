import type { planJson } from '../shared/edit/plan-json.ts';
import { indent, paint, paintDiff, problemMessage, table } from './paint.ts';

/** A plan as the runbook answers it: located, or without a document to plan from. */
export type PlanJson =
  | (ReturnType<typeof planJson> & { readonly error?: undefined })
  | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } };

/** What a replay would do today. */
export function planLines(plan: PlanJson): string[] {
  if (plan.error !== undefined) return [`${paint('red', plan.error.code)}  ${plan.error.message}`];
  const problems = plan.steps.flatMap(({ error, line }) =>
    error === null
      ? []
      : [
          `${paint('red', error.code)}${paint('dim', ` line ${line}`)}`,
          ...problemMessage(error.message),
          ...(error.nearest === null ? [] : [indent(paintDiff(error.nearest.diff))]),
        ],
  );
  const rejected = plan.blocks.flatMap(({ disposition, reason, line }) =>
    disposition === 'rejected'
      ? [`${paint('red', 'rejected')}${paint('dim', ` line ${line}`)}  ${reason}`]
      : [],
  );
  return [
    ...table(
      [
        { title: '#', align: 'right' },
        { title: 'step' },
        { title: 'file' },
        { title: 'outcome' },
        { title: '' },
      ],
      plan.steps.map(step => [
        String(step.step_number),
        step.step_type === 'create' ? 'create' : 'edit',
        step.target_file,
        step.outcome,
        step.outcome === 'ready' ? `+${step.lines_added} -${step.lines_removed}` : '',
      ]),
    ),
    ...(problems.length + rejected.length === 0 ? [] : ['', ...problems, ...rejected]),
    '',
    plan.ok ? 'It would succeed with the files of today.' : 'It would fail again.',
  ];
}
