import { errorClasses, worstClass } from '../shared/domain/failure.ts';
import type { Writing } from '../shared/edit/plan-json.ts';
import type { Plan, PlannedStep } from '../shared/edit/types.ts';
import { indent, paint, paintDiff, problemMessage, table } from './paint.ts';

/** A plan for a person: its steps, everything that is wrong, and what the document holds besides. */
export function describePlan(name: string, plan: Plan, writing: Writing): string {
  const { applied } = writing;
  const lines = [paint('bold', name), ''];
  if (plan.steps.length > 0) {
    lines.push(
      ...table(
        [
          { title: '#', align: 'right' },
          { title: 'line', align: 'right' },
          { title: 'step' },
          { title: 'file' },
          { title: 'outcome' },
          { title: '' },
        ],
        plan.steps.map(step => [
          String(step.stepNumber),
          String(step.line),
          step.stepType === 'create' ? 'create' : 'edit',
          step.targetFile,
          outcomeOf(step, applied),
          changeOf(step),
        ]),
      ),
      '',
    );
  }
  for (const problem of plan.failures) {
    const place = problem.line === null ? '' : `:${problem.line}`;
    lines.push(
      `${paint('red', problem.code)} ${paint('dim', `${name}${place}`)}`,
      ...problemMessage(problem.message),
    );
    if (problem.nearest !== null) lines.push(indent(paintDiff(problem.nearest.diff)));
    lines.push('');
  }
  const notExecuted = plan.blocks.filter(({ disposition }) => disposition === 'not_executed');
  if (notExecuted.length > 0) {
    lines.push(`Not executed:`);
    for (const block of notExecuted) {
      lines.push(
        paint(
          'dim',
          `  line ${block.line}${block.language === null ? '' : ` (${block.language})`}: ${block.reason}`,
        ),
      );
    }
    lines.push('');
  }
  lines.push(summaryOf(plan, writing));
  return lines.join('\n');
}

function outcomeOf(step: PlannedStep, applied: boolean): string {
  switch (step.outcome) {
    case 'ready':
      return paint('green', applied ? 'applied' : 'ready');
    case 'already_applied':
      return paint('dim', 'already applied');
    case 'failed':
      return paint('red', step.error?.code ?? 'failed');
  }
}

function changeOf({ outcome, linesAdded, linesRemoved }: PlannedStep): string {
  if (outcome !== 'ready') return '';
  return [linesAdded > 0 ? `+${linesAdded}` : '', linesRemoved > 0 ? `-${linesRemoved}` : '']
    .filter(Boolean)
    .join(' ');
}

const whereItIsAllowed =
  'A person can allow it where that is recorded: hand it in with "npx jr submit", then "npx jr approve".';

function summaryOf(plan: Plan, { applying, applied }: Writing): string {
  if (!plan.ok) {
    if (!applying && plan.failures.every(({ code }) => code === 'NO_STEPS'))
      return 'Nothing would be written. As a task it would be refused.';
    const n = plan.failures.length;
    const said = paint('red', `${n} ${n === 1 ? 'problem' : 'problems'}: nothing is written.`);
    const mayBeAllowed = worstClass(plan.failures.map(({ code }) => errorClasses[code])) === 'approval';
    return mayBeAllowed ? `${said} ${whereItIsAllowed}` : said;
  }
  const changed = plan.files.filter(file => file.changed).length;
  if (changed === 0) return 'Everything is applied already: nothing to write.';
  const files = `${changed} ${changed === 1 ? 'file' : 'files'}`;
  return paint('green', applied ? `${files} written.` : `${files} would be written.`);
}
