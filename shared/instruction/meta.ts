import { splitLines } from './lines.ts';
import type { InstructionMeta } from './types.ts';

const priorities: Readonly<Record<string, number>> = {
  p0: 1,
  p1: 2,
  p2: 4,
  p3: 6,
  p4: 8,
  critical: 1,
  urgent: 1,
  highest: 1,
  emergency: 1,
  immediate: 1,
  high: 2,
  important: 2,
  medium: 5,
  normal: 5,
  moderate: 5,
  standard: 5,
  low: 8,
  lowest: 10,
  minor: 8,
};

/** 1 (first) to 10; `P0` to `P4` and words like `high` are mapped; null when it says no priority. */
function priorityOf(text: string): number | null {
  const value = text.trim();
  const number = /^#?(\d{1,2})(?![\d.]*\d)/.exec(value)?.[1];
  if (number !== undefined) {
    const priority = Number(number);
    return priority >= 1 && priority <= 10 ? priority : null;
  }
  const word = /[A-Za-z]+\d?/.exec(value)?.[0]?.toLowerCase();
  return word === undefined ? null : (priorities[word] ?? null);
}

/** The names of what is read, each word parted from the next by a blank or an underscore. */
const names = [
  'task id',
  'jr id',
  'assigned(?: jr| to)?',
  '(?:sacred fire )?priority',
  'use rlm',
  'kanban',
  'story points',
  '(?:estimated )?sp(?: estimate)?',
  'depends on',
].map(name => name.replaceAll(' ', '[ _]'));

/** The lines of a document that speak of the task: `**Priority**: P1`, `- Kanban: #12`, `## Priority: HIGH`. */
const field = new RegExp(
  `^\\s*(?:#{1,6}\\s+|[-*+]\\s+|\\|\\s*)?(?:\\*\\*|__)?_*(${names.join('|')})[_ ]*(?:\\*\\*|__)?\\s*[:|](?:\\*\\*|__)?\\s*(.+?)\\s*\\|?\\s*$`,
  'i',
);
const horizon = 400;

/** What the header lines of a document say about its task. The first line that says a thing holds. */
export function readMeta(text: string): InstructionMeta {
  const lines = splitLines(text);
  const said = new Map<string, string>();
  let title: string | null = null;
  let fenced = false;
  const end = Math.min(lines.length, horizon);
  for (let at = 0; at < end; at += 1) {
    const line = lines[at] ?? '';
    if (line.length > 500 || line === '') continue;
    if (/^\s*(?:```|~~~)/.test(line)) fenced = !fenced;
    if (title === null && !fenced && line.startsWith('#'))
      title = /^#\s+(.+?)\s*#*\s*$/.exec(line)?.[1] ?? null;
    // A YAML fence at the top is metadata too, so fences are read as well, near the top only.
    if (fenced && at > 30) continue;
    if (!line.includes(':') && !line.includes('|')) continue;
    const found = field.exec(line);
    if (found === null) continue;
    const name = (found[1] ?? '').toLowerCase().replaceAll('_', ' ');
    const value = (found[2] ?? '').replaceAll('**', '').replaceAll('`', '').trim();
    if (value !== '' && !said.has(name)) said.set(name, value);
  }
  const get = (...names: string[]): string | null => {
    for (const name of names) {
      const value = said.get(name);
      if (value !== undefined) return value;
    }
    return null;
  };
  const priority = get('priority');
  const sacred = /-?\d+/.exec(get('sacred fire priority') ?? '')?.[0];
  const points = /\d+(?:\.\d+)?/.exec(get('story points', 'sp', 'estimated sp', 'sp estimate') ?? '')?.[0];
  return {
    title,
    taskId: get('task id', 'jr id'),
    assignedJr: get('assigned jr', 'assigned to', 'assigned'),
    priority: priority === null ? null : priorityOf(priority),
    sacredFirePriority: sacred === undefined ? null : Number(sacred),
    useRlm: /^(?:true|yes|1)\b/i.test(get('use rlm') ?? ''),
    kanban: get('kanban'),
    storyPoints: points === undefined ? null : Number(points),
    dependsOn: /^(?:none|n\/a|-)\b/i.test(get('depends on') ?? '') ? null : get('depends on'),
  };
}
