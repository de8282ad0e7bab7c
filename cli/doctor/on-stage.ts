import { type Finding, restart } from './finding.ts';

/** The same findings with the commands that mend a deployed stage. */
export function onStage(stage: string, findings: readonly Finding[]): Finding[] {
  return findings.map(finding => ({ ...finding, mend: finding.mend && mendOf(stage, finding.mend) }));
}

function mendOf(stage: string, mend: string): string {
  if (mend === restart) return `npm run deploy -- --stage ${stage}`;
  return mend.startsWith('npx jr ') ? `${mend} --stage ${stage}` : mend;
}
