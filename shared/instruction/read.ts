import { almostEditFence, conflictFence } from './almost.ts';
import { classifyFence } from './classify.ts';
import { markCommented } from './comment.ts';
import { doubtOfFile, doubtOfStart, doubtOfWish } from './doubt.ts';
import { infoPath } from './fence.ts';
import { FileWishes } from './file-wishes.ts';
import type { PathHeader } from './header.ts';
import { explainsFormat, isShownSection, speaksOfTakingBack } from './label.ts';
import { isCommandLanguage, languageFit } from './language.ts';
import { joinLines, splitLines } from './lines.ts';
import type { EditPart, FencePart, Part } from './parts.ts';
import { workspacePath } from './paths.ts';
import { scanParts } from './scan.ts';
import { Outline } from './section.ts';
import type { Block, Instruction, ReadOptions, Step } from './types.ts';
import { WaysBack } from './way-back.ts';

type Span = { readonly at: number; readonly end: number; readonly language: string | null };

/**
 * Reads a document: its steps, and every fence and SEARCH/REPLACE block with what became of it
 * (invariant 6). Never throws; takes time linear in the length of the text.
 */
export function readInstruction(text: string, options: ReadOptions): Instruction {
  const reader = new Reader(options);
  for (const { part, commented } of markCommented(scanParts(splitLines(text)))) {
    if (!commented) reader.take(part);
    else if (part.kind !== 'text' && part.kind !== 'heading') reader.list(part, commentedReason);
  }
  return { blocks: reader.end(), steps: reader.steps, length: text.length };
}

class Reader {
  readonly blocks: Block[] = [];
  readonly steps: Step[] = [];
  readonly #options: ReadOptions;
  readonly #outline = new Outline();
  readonly #waysBack = new WaysBack();
  /** Headers that have served a block, with the line of the first one. */
  readonly #served = new Map<PathHeader, { readonly line: number; readonly bare: boolean }>();

  /** Fences in the language of a file to be created that were only listed, by their place among the blocks. */
  readonly #listed: { readonly index: number; readonly part: Span; readonly path: string }[] = [];

  readonly #wishes = new FileWishes();

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  take(part: Part): void {
    if (part.kind === 'heading' || part.kind === 'text') {
      if (part.kind === 'heading') this.#outline.heading(part.level, part.text, part.at);
      else this.#outline.text(part.text, part.at);
      this.#wishes.take(part, this.#outline.titles());
    } else {
      if (part.kind === 'broken') this.#reject(part, 'BLOCK_MALFORMED', part.reason);
      else if (part.kind === 'fence') this.#fence(part);
      else this.#edit(part);
      this.#outline.block();
      this.#wishes.block(part);
    }
  }

  /** All blocks, after the last part. */
  end(): Block[] {
    const targets = new Set(this.steps.map(step => step.targetFile));
    this.#endListed(targets);
    return this.#wishes.among(this.blocks, path => targets.has(this.#means(path)));
  }

  /** A file that is to be created and that no block creates is not passed over, where a fence may have been meant as it. */
  #endListed(targets: ReadonlySet<string>): void {
    for (const { index, part, path } of this.#listed) {
      if (targets.has(this.#means(path))) continue;
      this.blocks[index] = {
        ...place(part),
        disposition: 'rejected',
        stepNumber: null,
        code: 'BLOCK_MALFORMED',
        reason: uncreated(path),
      };
    }
  }

  #fence(part: FencePart): void {
    const nearest = this.#ownHeader(part) ?? this.#outline.nearest();
    const verdict = classifyFence(part, {
      nearest,
      served: nearest === null ? null : (this.#served.get(nearest.header) ?? null),
      intro: this.#outline.intro,
      title: this.#outline.top.title,
      titles: this.#outline.titles(),
    });
    const meantAsFile = verdict.is === 'file' && nearest?.header.kind === 'file';
    const almost = part.quoted
      ? null
      : ((nearest === null && this.#explains() ? null : almostEditFence(part)) ??
        (meantAsFile ? conflictFence(part) : null));
    if (almost !== null) this.#reject(part, 'BLOCK_MALFORMED', almost);
    else if (verdict.is === 'shown') {
      if (nearest !== null && mayBeFile(part, nearest))
        this.#listed.push({ index: this.blocks.length, part, path: nearest.header.path });
      this.list(part, verdict.reason);
    } else if (verdict.is === 'rejected') this.#reject(part, verdict.code, verdict.reason);
    else {
      if (nearest !== null) {
        const bare = languageFit(part.language, verdict.path) === 'open';
        this.#served.set(nearest.header, { line: part.at + 1, bare });
      }
      const target = this.#target(part, verdict.path);
      if (target === null) return;
      const base = { stepNumber: this.steps.length + 1, targetFile: target, line: part.at + 1 };
      this.#step(part, { ...base, stepType: 'create', content: joinLines(part.body) });
    }
  }

  /** The header that a fence brings in its info string, where it names another file than the lines above. */
  #ownHeader({ info, quoted, at }: FencePart): ReturnType<Outline['nearest']> {
    const path = quoted || !info.includes('/') ? null : infoPath(info);
    if (path === null || this.#outline.titles().some(isShownSection)) return null;
    const named = this.#outline.nearest()?.header.path;
    if (named !== undefined && this.#means(named) === this.#means(path)) return null;
    const header: PathHeader = { kind: 'file', path, at, weak: false, text: info };
    return { header, here: true, title: this.#outline.top.title };
  }

  #means(raw: string): string {
    const path = workspacePath(raw, this.#options.pathPrefixes);
    return path.kind === 'path' ? path.path : raw;
  }

  #edit(part: EditPart): void {
    const nearest = this.#outline.nearest();
    const served = nearest !== null && this.#served.has(nearest.header);
    if (nearest !== null && !served) this.#served.set(nearest.header, { line: part.at + 1, bare: false });
    const raw =
      infoPath(part.info) ?? nearest?.header.path ?? this.#outline.declared() ?? this.#outline.mentioned();
    if (raw === null) {
      if (this.#explains()) {
        this.list(
          part,
          'It explains the form of a SEARCH/REPLACE block and names no file, so it is not executed. For an edit, write File: `path` above it.',
        );
      } else this.#reject(part, 'PATH_MISSING', pathMissing);
      return;
    }
    const line = this.#outline.intro?.text ?? '';
    const same = (one: string, other: string): boolean => this.#means(one) === this.#means(other);
    const doubt = doubtOfFile({ header: nearest?.header ?? null, served, path: raw, line, same });
    const refused = doubtOfWish(line, this.#outline.titles());
    if (doubt !== null || refused !== null) {
      this.#reject(part, doubt === null ? 'BLOCK_MALFORMED' : 'PATH_MISSING', doubt ?? refused ?? '');
      return;
    }
    const target = this.#target(part, raw);
    if (target === null) return;
    if (this.#takesBack(part, target)) {
      this.list(part, takesBackReason);
      return;
    }
    this.#outline.edited(raw);
    const base = { stepNumber: this.steps.length + 1, targetFile: target, line: part.at + 1 };
    const empty = part.search.every(line => line.trim() === '');
    const replace = joinLines(part.replace);
    if (empty) this.#step(part, { ...base, stepType: 'create', content: replace });
    else {
      this.#waysBack.add(target, part);
      const repeated = part.repeatedDivider === null ? {} : { repeatedDivider: part.repeatedDivider };
      this.#step(part, {
        ...base,
        stepType: 'search_replace',
        search: joinLines(part.search),
        replace,
        ...repeated,
      });
    }
  }

  /** Whether a block is the way back of an earlier one, and what stands around says so. */
  #takesBack(part: EditPart, target: string): boolean {
    return (
      this.#waysBack.has(target, part) &&
      speaksOfTakingBack(this.#outline.titles(), this.#outline.intro?.text ?? '')
    );
  }

  /** Whether what stands around says that a block is shown for its form. */
  #explains(): boolean {
    return explainsFormat(
      `${this.#outline.intro?.text ?? ''} ${this.#outline.titles().slice(0, 2).join(' ')}`,
    );
  }

  /** The workspace path of a step, or null after the block was rejected for its path. */
  #target(part: Span, raw: string): string | null {
    const path = workspacePath(raw, this.#options.pathPrefixes);
    const doubt = doubtOfStart(raw, this.#outline.folder(), this.#options.pathPrefixes);
    if (path.kind !== 'path')
      this.#reject(part, 'PATH_FORBIDDEN', `The path ${raw} is refused: ${path.reason}`);
    else if (doubt !== null) this.#reject(part, 'PATH_MISSING', doubt);
    else return path.path;
    return null;
  }

  #step(part: Span, step: Step): void {
    this.steps.push(step);
    this.blocks.push({
      ...place(part),
      disposition: 'step',
      stepNumber: step.stepNumber,
      code: null,
      reason: null,
    });
  }

  list(part: Span, reason: string): void {
    this.blocks.push({ ...place(part), disposition: 'not_executed', stepNumber: null, code: null, reason });
  }

  #reject(part: Span, code: Block['code'], reason: string): void {
    this.blocks.push({ ...place(part), disposition: 'rejected', stepNumber: null, code, reason });
  }
}

const takesBackReason =
  'It says how a change would be taken back, and is not executed. If it is meant now, put it under a heading that names the change.';

const commentedReason =
  'It stands inside an HTML comment and is not executed. Take the comment marks away if it is meant.';

/** Whether a fence that is only shown stands below a line that creates a file of its language. */
function mayBeFile(part: FencePart, { header, here }: { header: PathHeader; here: boolean }): boolean {
  if (part.quoted || !here || header.weak || header.kind !== 'create') return false;
  if (isCommandLanguage(part.language)) return false;
  const fit = languageFit(part.language, header.path);
  return fit === 'fits' || (fit === 'open' && header.path.endsWith('.txt'));
}

function uncreated(path: string): string {
  return `A line above creates ${path}, and no fence of the document is its content: what stands above this one says that it only shows something. If it is the file, write Create \`${path}\` right above it; if the file is there already, write it with other words than Create.`;
}

function place(part: Span): { line: number; endLine: number; language: string | null } {
  return { line: part.at + 1, endLine: part.end + 1, language: part.language };
}

const pathMissing =
  'No line above this SEARCH/REPLACE block in its section says which file it edits. Write File: `path/of/the/file` above it.';
