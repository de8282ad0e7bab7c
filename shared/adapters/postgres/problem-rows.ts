import type { Failure } from '../../domain/failure.ts';
import type { ProblemView } from '../../ports/ledger-view.ts';

/** A problem as `jr_work_queue.result` keeps it, in the names that `jr plan --json` uses as well. */
export function problemJson({ code, message, line, nearest }: Failure): ProblemView {
  if (nearest === null) return { code, message, line, nearest };
  const { endLine, ...place } = nearest;
  return { code, message, line, nearest: { ...place, end_line: endLine } };
}

/** `w.result` as people and programs get it: rows of before that name was settled call `end_line` `endLine`. */
export const resultShown = `case when jsonb_typeof(w.result -> 'problems') = 'array' then jsonb_set(w.result, '{problems}',
      coalesce((select jsonb_agg(case when p -> 'nearest' ? 'endLine'
          then jsonb_set(p, '{nearest}', (p -> 'nearest') - 'endLine' || jsonb_build_object('end_line', p -> 'nearest' -> 'endLine'))
          else p end order by n)
        from jsonb_array_elements(w.result -> 'problems') with ordinality as problems (p, n)), '[]'))
    else w.result end as result`;
