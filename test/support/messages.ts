import { randomUUID } from 'node:crypto';
import type { QueueMessage } from '../../shared/domain/message.ts';

/** A message as SQS delivers it. */
export function message(body: object | string): QueueMessage {
  return { messageId: randomUUID(), body: typeof body === 'string' ? body : JSON.stringify(body) };
}

/** A submission of a document. */
export function submission(instructionContent: string, fields: object = {}): QueueMessage {
  return message({ type: 'task.submit', instruction_content: instructionContent, ...fields });
}

/** A doorbell. */
export function bell(taskId: number): QueueMessage {
  return message({ type: 'task.run', task_id: taskId });
}

/** A document with one whole file. */
export function createDocument(path: string, content: string): string {
  return `# Create\n\nCreate \`${path}\`\n\n\`\`\`text\n${content}\n\`\`\`\n`;
}

/** A document with one edit. */
export function editDocument(path: string, search: string, replace: string): string {
  return `# Edit\n\nFile: \`${path}\`\n\n\`\`\`text\n<<<<<<< SEARCH\n${search}\n=======\n${replace}\n>>>>>>> REPLACE\n\`\`\`\n`;
}
