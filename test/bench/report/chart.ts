import { contestantNames } from '../contestant.ts';
import type { CaseResult } from './report.ts';

const width = 760;
const label = 150;
const bar = { height: 16, gap: 5 };
const head = 34;

/** Bars of the rates of each case, against the fastest of the case. Readable on light and dark pages. */
export function chart(results: readonly CaseResult[]): string {
  let y = 8;
  const parts: string[] = [];
  for (const { case: which, figures } of results) {
    const found = contestantNames.flatMap(name => {
      const rate = figures[name]?.rate.median;
      return rate === undefined ? [] : [{ name, rate }];
    });
    const most = Math.max(...found.map(({ rate }) => rate));
    parts.push(text(0, y + 18, which.title, 'title'));
    y += head - 6;
    for (const { name, rate } of found) {
      const length = Math.max(1, Math.round((rate / most) * (width - label - 90)));
      const kind =
        name === 'jr-executor' || name === 'its ledger alone'
          ? 'own'
          : name.startsWith('floor')
            ? 'floor'
            : 'peer';
      parts.push(
        text(label - 8, y + bar.height - 4, name, 'name'),
        `<rect x="${label}" y="${y}" width="${length}" height="${bar.height}" rx="2" class="${kind}"/>`,
        text(label + length + 6, y + bar.height - 4, Math.round(rate).toLocaleString('en-US'), 'rate'),
      );
      y += bar.height + bar.gap;
    }
    y += 12;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img" aria-label="Tasks a second of each contestant in each case">
<style>
text { font: 12px system-ui, sans-serif; fill: #333 }
.title { font-weight: 600; font-size: 13px }
.name { text-anchor: end }
.own { fill: #2563eb } .floor { fill: #9ca3af } .peer { fill: #d19a3d }
@media (prefers-color-scheme: dark) { text { fill: #ddd } }
</style>
${parts.join('\n')}
</svg>
`;
}

function text(x: number, y: number, content: string, kind: string): string {
  return `<text x="${x}" y="${y}" class="${kind}">${content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</text>`;
}
