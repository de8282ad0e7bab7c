import { readDocument } from '../../shared/flow/plan-task.ts';
import { readInstruction } from '../../shared/instruction/read.ts';
import { type Route, routeOf } from '../../shared/instruction/route.ts';
import type { IncomingSubmission, Rejection } from '../../shared/ports/ledger.ts';
import type { Log } from '../../shared/ports/log.ts';
import type { Workspace } from '../../shared/ports/workspace.ts';

export interface RoutingDependencies {
  readonly workspace: Workspace;
  readonly pathPrefixes: readonly string[];
  readonly log: Log;
}

/** Refuses what has nothing to execute, with the reason. The others come back as they were. */
export async function routeSubmissions(
  submissions: readonly IncomingSubmission[],
  deps: RoutingDependencies,
): Promise<{ accepted: IncomingSubmission[]; refused: Rejection[] }> {
  const accepted: IncomingSubmission[] = [];
  const refused: Rejection[] = [];
  for (const incoming of submissions) {
    const route = await routeOfSubmission(incoming, deps);
    if (route === null || route.door === 'executable') accepted.push(incoming);
    else {
      const { messageId, body, submission } = incoming;
      const field = submission.instructionContent === null ? 'instruction_file' : 'instruction_content';
      refused.push({ messageId, body, reason: `${field}: ${route.explanation}` });
    }
  }
  return { accepted, refused };
}

/** Null when the document cannot be read here: then the attempt says what is wrong with it. */
async function routeOfSubmission(
  { messageId, submission }: IncomingSubmission,
  { workspace, pathPrefixes, log }: RoutingDependencies,
): Promise<Route | null> {
  try {
    const document = await readDocument('The submission', submission, { workspace, pathPrefixes });
    if (typeof document !== 'string') return null;
    return routeOf(readInstruction(document, { pathPrefixes }), document);
  } catch (error) {
    // One odd path must not keep the others of its batch out.
    log.error('submission.not_routed', { message_id: messageId, message: String(error) });
    return null;
  }
}
