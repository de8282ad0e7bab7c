import { errorClasses, type Failure, failure } from '../domain/failure.ts';
import type { CreateStep, EditStep, Step } from '../instruction/types.ts';
import { standingOf } from './applied.ts';
import { sameBytes } from './bytes.ts';
import { appliedPrefix, type ChainStep } from './chain.ts';
import { contentHash } from './content-hash.ts';
import { evidencedPrefix } from './evidence.ts';
import { FileText, newFileText } from './file-text.ts';
import { guardPath, guardShrink, guardStub } from './guards.ts';
import { keptLines } from './kept-lines.ts';
import { LaterEdits } from './later-edits.ts';
import { stepLines } from './line-list.ts';
import { firstPlaces } from './locate.ts';
import {
  ambiguous,
  existsAlready,
  heldByLater,
  notFound,
  notThere,
  unclear,
  untouchable,
} from './refusals.ts';
import type { Settings } from './settings.ts';
import { splicePlace } from './splice.ts';
import { editLines } from './splits.ts';
import type { FileState, PlannedFile, PlannedStep } from './types.ts';

type Result = Pick<PlannedStep, 'outcome' | 'error' | 'linesAdded' | 'linesRemoved'>;

const applied: Result = { outcome: 'already_applied', error: null, linesAdded: 0, linesRemoved: 0 };

/** Plans all steps of one file, in document order, against its bytes on disk. */
export class FilePlan {
  readonly steps: PlannedStep[] = [];
  /** What else there is to allow: a step names one failure, and a person is asked about all of them at once. */
  readonly furtherStops: Failure[] = [];
  readonly #path: string;
  readonly #realPath: string;
  readonly #before: Uint8Array | null;
  readonly #beforeSha256: string | null;
  readonly #settings: Settings;
  #text: FileText | null;
  #sha256: string | null;
  /** Line of the step that created the file, when one of this document did. */
  #createdOn: number | null = null;
  #later: LaterEdits | null = null;
  #hashed = 0;
  /** The bytes last worked out, until a step changes the text again. */
  #bytes: Uint8Array | null = null;

  constructor(path: string, state: FileState, settings: Settings) {
    this.#path = path;
    this.#realPath = (state.kind === 'refused' ? undefined : state.realPath) ?? path;
    this.#settings = settings;
    this.#before = state.kind === 'file' ? state.bytes : null;
    this.#beforeSha256 = this.#before === null ? null : settings.sha256(this.#before);
    this.#sha256 = this.#beforeSha256;
    this.#text = this.#before === null ? null : new FileText(this.#before);
  }

  plan(steps: readonly Step[], state: FileState): PlannedFile {
    const hashes = steps.map(step => contentHash(step, this.#settings.sha256));
    const refusal = untouchable(this.#path, state, this.#settings.limits.fileBytes);
    const prefix = refusal === null ? this.#appliedPrefix(steps, hashes) : 0;
    steps.forEach((step, at) => {
      const hash = hashes[at] ?? '';
      if (refusal !== null) this.#record(step, hash, failed({ ...refusal, line: step.line }));
      else if (at < prefix) this.#record(step, hash, applied);
      else this.#record(step, hash, step.stepType === 'create' ? this.#create(step) : this.#edit(step, at));
    });
    return this.#finish();
  }

  /** How many of the first steps are on disk already: the ledger's word first, then the text's own. */
  #appliedPrefix(steps: readonly Step[], hashes: readonly string[]): number {
    const text = this.#text;
    if (text === null) return 0;
    const known = steps.map((step, at) => ({ stepNumber: step.stepNumber, contentHash: hashes[at] ?? '' }));
    const evidenced = evidencedPrefix(this.#path, known, this.#settings.evidence, this.#beforeSha256);
    if (evidenced > 0) return evidenced;
    const chain: ChainStep[] = steps.map(step =>
      step.stepType === 'create' ? { content: text.toText(step.content) } : this.#lines(text, step),
    );
    const prefix = appliedPrefix(text, chain);
    if (chain.length > prefix + 1) this.#later = new LaterEdits(text.list, chain);
    return prefix;
  }

  #lines(text: FileText, step: EditStep) {
    const { repeatedDivider } = step;
    const texts = { search: text.toText(step.search), replace: text.toText(step.replace) };
    return editLines(text.list, repeatedDivider === undefined ? texts : { ...texts, repeatedDivider });
  }

  #create(step: CreateStep): Result {
    const lines = stepLines(step.content);
    const text = this.#text;
    if (text === null) {
      this.#text = newFileText(step.content);
      this.#createdOn = step.line;
      return this.#unlessStopped([this.#stub(step, lines, () => false)], lines.length, 0);
    }
    const content = text.wholeFile(step.content);
    const old = text.text;
    if (content === old) return applied;
    const before = text.list.toArray().map(line => line.text);
    const known = new Set(before);
    const survivors = keptLines(before, lines).filter(from => from >= 0).length;
    text.replaceAll(content);
    const stops = [
      this.#settings.overwrite ? null : existsAlready(step, this.#createdOn, old, content),
      this.#stub(step, lines, line => known.has(line)),
    ];
    return this.#unlessStopped(stops, lines.length - survivors, before.length - survivors);
  }

  #edit(step: EditStep, at: number): Result {
    const text = this.#text;
    if (text === null) return failed(notThere(step));
    const edit = this.#lines(text, step);
    const standing = standingOf(text.list, edit);
    if (standing === 'applied') return applied;
    const { places, tier } = firstPlaces(text.list, edit.search);
    if (standing === 'unclear') return failed(unclear(step, text.list, places));
    // A text that is only taken out has to stand as it is written: a like one at another depth is another one.
    if (edit.replace.length === 0 && tier === 'indent') return failed(notFound(step, text.list, edit, true));
    const [place, ...others] = places;
    if (place === undefined) return failed(notFound(step, text.list, edit, this.#settings.nearest()));
    if (others.length > 0) return failed(ambiguous(step, text.list, places));
    if (this.#later?.hold(at, edit.search, place)) return failed(heldByLater(step, text.list, place));
    const old = new Set(edit.search);
    const known = (line: string) => old.has(line) || firstPlaces(text.list, [line]).places.length > 0;
    const stub = this.#stub(step, edit.replace, known);
    const spliced = splicePlace(text.list, place, edit.search, edit.replace, text.dominant);
    if (spliced === null) return failed(notFound(step, text.list, edit, true));
    return this.#unlessStopped([stub], spliced.added, spliced.removed);
  }

  #stub(step: Step, fresh: readonly string[], known: (line: string) => boolean): Failure | null {
    const stop = guardStub(this.#path, fresh, known);
    return stop === null ? null : failure(stop.code, stop.message, step);
  }

  /**
   * A step that a guard stops has failed, but those behind it are judged on its text as though it were allowed: so a
   * person sees everything that there is to allow at once, and nothing that only follows from it.
   */
  #unlessStopped(stops: readonly (Failure | null)[], linesAdded: number, linesRemoved: number): Result {
    const [first, ...others] = stops.filter(stop => stop !== null).filter(({ code }) => !this.#allowed(code));
    this.furtherStops.push(...others);
    return first === undefined ? { outcome: 'ready', error: null, linesAdded, linesRemoved } : failed(first);
  }

  #allowed(code: Failure['code']): boolean {
    return this.#settings.allow.has(code);
  }

  #record(step: Step, hash: string, result: Result): void {
    const before = this.#sha256;
    if (result.outcome === 'ready') this.#sha256 = this.#nextHash(hash);
    const { stepNumber, stepType, targetFile, line } = step;
    const hashes =
      result.outcome === 'failed'
        ? { beforeSha256: null, afterSha256: null }
        : { beforeSha256: before, afterSha256: this.#sha256 };
    this.steps.push({ stepNumber, stepType, targetFile, line, contentHash: hash, ...result, ...hashes });
  }

  /**
   * The hash between two steps. That of the file's text while hashing it is cheap; past that, one that stands for the
   * same place in the chain. The end of the chain is always the hash of the file.
   */
  #nextHash(hash: string): string {
    const text = this.#text;
    this.#bytes = null;
    if (text === null || this.#hashed > this.#settings.mostHashed) {
      return this.#settings.sha256(`${this.#sha256 ?? ''}${hash}`);
    }
    this.#bytes = text.toBytes();
    this.#hashed += this.#bytes.length;
    return this.#settings.sha256(this.#bytes);
  }

  #finish(): PlannedFile {
    const base = {
      path: this.#path,
      realPath: this.#realPath,
      before: this.#before,
      beforeSha256: this.#beforeSha256,
    };
    const blocked: PlannedFile = { ...base, after: null, afterSha256: null, changed: false };
    // What an approval does not help is mended first.
    if (this.steps.some(({ error }) => error !== null && errorClasses[error.code] !== 'approval'))
      return blocked;
    const stopped = this.steps.some(({ error }) => error !== null);
    const ready = stopped || this.steps.some(step => step.outcome === 'ready');
    const bytes = stopped ? null : this.#bytes;
    const after = ready ? (bytes ?? this.#text?.toBytes() ?? null) : this.#before;
    if (after === null) return blocked;
    const changed = this.#before === null || !sameBytes(this.#before, after);
    const stops = changed ? this.#stops(after) : [];
    if (stops.length > 0) this.#failLast(stops);
    if (stopped || stops.length > 0) return blocked;
    const known = this.#bytes === after ? this.#sha256 : changed ? null : this.#beforeSha256;
    const afterSha256 = known ?? this.#settings.sha256(after);
    const last = this.steps.findLastIndex(step => step.outcome === 'ready');
    const step = this.steps[last];
    if (step !== undefined && step.afterSha256 !== afterSha256) this.#closeChain(afterSha256);
    return { ...base, after, afterSha256, changed };
  }

  /** What keeps the result from being written: the guards on the whole file. */
  #stops(after: Uint8Array): Failure[] {
    const { guards, limits } = this.#settings;
    if (after.length > limits.fileBytes) {
      const message = `${this.#path} would have ${after.length} bytes, more than the ${limits.fileBytes} that are written. Split it.`;
      return [failure('LIMIT_EXCEEDED', message)];
    }
    return [
      guardPath(this.#path, this.#realPath, guards),
      guardShrink(this.#path, this.#before?.length ?? 0, after.length, guards),
    ].flatMap(stop => (stop === null || this.#allowed(stop.code) ? [] : [failure(stop.code, stop.message)]));
  }

  /** The last step that was still to be done has failed by the first of them; where none was, its steps have before. */
  #failLast(stops: readonly Failure[]): void {
    const at = this.steps.findLastIndex(step => step.outcome === 'ready');
    const step = this.steps[at];
    const placed = stops.map(stop => ({ ...stop, line: (step ?? this.steps.at(-1))?.line ?? null }));
    const [first] = placed;
    if (step === undefined || first === undefined) return void this.furtherStops.push(...placed);
    this.steps[at] = { ...step, ...failed(first), beforeSha256: null, afterSha256: null };
    this.furtherStops.push(...placed.slice(1));
  }

  /** The chain must end on the hash of the file, also where hashes in between stand for places. */
  #closeChain(afterSha256: string): void {
    const open = this.#sha256;
    for (let at = this.steps.length - 1; at >= 0; at -= 1) {
      const step = this.steps[at];
      if (step === undefined || step.afterSha256 !== open) return;
      const beforeSha256 = step.beforeSha256 === open ? afterSha256 : step.beforeSha256;
      this.steps[at] = { ...step, beforeSha256, afterSha256 };
    }
  }
}

function failed(error: Failure): Result {
  return { outcome: 'failed', error, linesAdded: 0, linesRemoved: 0 };
}
