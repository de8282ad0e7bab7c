import { paint, table } from '../paint.ts';
import type { Finding } from './finding.ts';

const words: Record<Finding['state'], string> = {
  ok: paint('green', 'well'),
  warn: paint('yellow', 'watch'),
  bad: paint('red', 'not well'),
};

/** The checklist as a table, and under it the commands that mend what is not well. */
export function describeFindings(findings: readonly Finding[]): string {
  const rows = findings.map(({ name, state, summary }) => [name.replaceAll('_', ' '), words[state], summary]);
  const mends = findings.flatMap(({ name, mend }) =>
    mend === null ? [] : [[name.replaceAll('_', ' '), mend]],
  );
  return [
    ...table([{ title: 'check' }, { title: '' }, { title: 'what is so' }], rows),
    '',
    ...(mends.length === 0 ? [] : [...table([{ title: 'to mend' }, { title: 'run' }], mends), '']),
    verdict(findings),
  ].join('\n');
}

function verdict(findings: readonly Finding[]): string {
  const people = findings.filter(({ state }) => state === 'bad').length;
  const watched = findings.filter(({ state }) => state === 'warn').length;
  const rest =
    watched === 0
      ? ''
      : watched === 1
        ? ' 1 mends itself, or is to be watched.'
        : ` ${watched} mend themselves, or are to be watched.`;
  if (people === 0) return `${watched === 0 ? 'All is well.' : 'Nothing needs a person.'}${rest}`;
  return `${people === 1 ? '1 check needs' : `${people} checks need`} a person.${rest}`;
}
