import { randomUUID } from 'node:crypto';
import type { Submission } from '../../shared/domain/message.ts';
import type { IncomingSubmission } from '../../shared/ports/ledger.ts';

const empty: Submission = {
  dedupeKey: null,
  title: null,
  description: null,
  instructionFile: null,
  instructionContent: null,
  assignedJr: null,
  useRlm: null,
  priority: null,
  sacredFirePriority: null,
  parameters: null,
  tags: null,
  requiresCouncilApproval: null,
  parentTaskId: null,
  source: null,
  createdBy: null,
  notBefore: null,
};

/** A submission as it comes from the door, under a fresh message id. */
export function incoming(
  submission: Partial<Submission> = {},
  messageId: string = randomUUID(),
): IncomingSubmission {
  const full = { ...empty, title: 'a task', instructionContent: 'Create `a.txt`', ...submission };
  return { messageId, body: JSON.stringify(full), submission: full };
}
