import type { Work } from './contestant.ts';
import { filesOf } from './write-durably.ts';

const greeting = 'def greet(name):\n    return f"Good morning, {name}."\n';
const settings = '{\n  "language": "en",\n  "retries": 3,\n  "retry_wait_seconds": 120\n}\n';
const notes = '# Notes\n\n- greeting: polite since spring\n- retries: three\n';

/** The files that documents of the cases without writing find as they want them. */
export const standingFiles = [
  { name: 'greeting.py', text: greeting },
  { name: 'settings.json', text: settings },
  { name: 'notes.md', text: notes },
];

// Later rounds find the files of earlier ones in the folder: what a task writes must be its own in all of them.
let written = Date.now() * 1000;

/** The document of another task. Every contestant has one with each task, and jr-executor reads it. */
export function nextDocument(work: Work): string {
  return documentOf(work, ++written);
}

/** Those of so many tasks. */
export function nextDocuments(work: Work, count: number): string[] {
  return Array.from({ length: count }, () => nextDocument(work));
}

/** An instruction as a user writes one. `task` keeps apart what tasks write. */
export function documentOf(work: Work, task: number): string {
  switch (work) {
    case 'no-op':
      // A document without any step is refused (NO_STEPS): one that is done is the least that a task can be.
      return `# Task ${task}\n\n${create('notes.md', notes)}`;
    case 'files':
      return `# Task ${task}\n\n${filesOf(task)
        .map(({ name, text }) => create(name, text))
        .join('\n')}`;
    case 'steps':
    case 'failing':
      return [
        `# Task ${task}: greet politely`,
        '',
        '**Assigned Jr**: Software Engineer Jr.',
        '**Priority**: 5',
        '',
        'The greeting was too short for our users, and the retries were never written down.',
        '',
        edit('greeting.py', '    return f"Hi {name}."\n', '    return f"Good morning, {name}."\n'),
        edit('settings.json', '  "retries": 1\n', '  "retries": 3,\n  "retry_wait_seconds": 120\n'),
        create('notes.md', notes),
      ].join('\n');
  }
}

function create(path: string, text: string): string {
  return `Create \`${path}\`\n\n\`\`\`\`text\n${text}\`\`\`\`\n`;
}

function edit(path: string, before: string, after: string): string {
  return `File: \`${path}\`\n\n<<<<<<< SEARCH\n${before}=======\n${after}>>>>>>> REPLACE\n`;
}
