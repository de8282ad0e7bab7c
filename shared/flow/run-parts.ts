import type { Log } from '../ports/log.ts';
import type { Tracer } from '../ports/tracer.ts';

/** What one part of a sweep did, in counts. */
export type PartSummary = Readonly<Record<string, number>>;

/**
 * One part of a sweep. It finds for itself what is to be done, so that it may be lost, doubled or cut short; it begins
 * no further batch once `late` says that the function's time is nearly over.
 */
export type Part<Dependencies> = (deps: Dependencies, late: () => boolean) => Promise<PartSummary>;

/** What the parts did, by their names, which of them failed, and which were not begun for want of time. */
export interface PartsDone {
  readonly done: Readonly<Record<string, PartSummary>>;
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

/** With less than this left to the function no batch and no part is begun; the next sweep does it. */
const deadlineMarginMs = 10_000;

/** Runs every part, in order, each as a span. One that fails is logged and stops no other. */
export async function runParts<Dependencies extends { readonly log: Log; readonly tracer: Tracer }>(
  sweep: string,
  parts: Readonly<Record<string, Part<Dependencies>>>,
  remainingMs: () => number,
  deps: Dependencies,
): Promise<PartsDone> {
  const late = () => remainingMs() < deadlineMarginMs;
  const done: Record<string, PartSummary> = {};
  const failed: string[] = [];
  const skipped: string[] = [];
  for (const [name, part] of Object.entries(parts)) {
    if (late()) {
      skipped.push(name);
      continue;
    }
    try {
      done[name] = await deps.tracer.span(name, () => part(deps, late));
    } catch (error) {
      failed.push(name);
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      deps.log.error(`${sweep}.part_failed`, { part: name, message });
    }
  }
  if (skipped.length > 0) deps.log.warn(`${sweep}.parts_skipped`, { parts: skipped });
  return { done, failed, skipped };
}
