import type { Submission } from './message.ts';

const maxLength = 500;

/** What a task is called: as the sender says, or by the document's first heading, or by the file's name. */
export function titleOf(submission: Submission): string {
  const { title, instructionContent, instructionFile } = submission;
  if (title !== null && title.trim() !== '') return title;
  const heading =
    instructionContent === null ? undefined : /^#{1,6}[ \t]{1,8}(\S[^\r\n]*)/m.exec(instructionContent)?.[1];
  const name = heading?.trim() ?? instructionFile?.split('/').at(-1) ?? 'Untitled task';
  return name.slice(0, maxLength).toWellFormed();
}
