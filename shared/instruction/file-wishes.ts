import { leadingToken } from './header-parts.ts';
import { statementOf } from './header-statement.ts';
import { isShownSection } from './label.ts';
import { isCommandLanguage } from './language.ts';
import type { Part } from './parts.ts';
import { looksLikeFile, trimPath } from './path-token.ts';
import type { Block } from './types.ts';

// Files are created and edited by blocks, and never deleted or renamed. A line that asks for something else is told, or
// the task would complete without it.

const verb =
  /^(?:(?:git\s+)?(delete|remove|rename|move)|files?\s+to\s+(delete|remove|be\s+(?:deleted|removed)))\s*:?\s+(?:the\s+)?(?:(?:old|obsolete|unused|legacy|now[- ]unused|dead|entire|whole|existing|temporary)\s+)*(?:(?:file|script|module)s?:?\s+)?/i;
/** What may stand behind the path of a file that is to go; other words say that only something of it is to go. */
const behindDeleted =
  /^\s*(?:$|[.;,(–—&+-]|:(?:\s*$|\s+(?:it|they|unused|obsolete|dead|replaced|superseded|nothing|no)\b)|(?:and|or|entirely|completely|altogether|too|as|if|once|after|since|because|which|file|now)\b|from\s+(?:the\s+)?(?:repo|repository|disk|workspace|project|tree)\b)/i;
const behindRenamed = /^\s*(?:to|into|as|→|->|=>)\s+(?:the\s+)?/i;
/** A person does it, it is not meant now, or not at all: said in the line, above its list, or in a heading around it. */
const notMeant =
  /\b(?:by hand|manual(?:ly)?|yourself|later|afterwards|never|(?:(?:do|does|must|should|need)\s+not|don[’']?t)(?!\s+need)|not\s+(?:to|yet|now)|avoid|forbidden|optional(?:ly)?|follow[- ]?ups?|future|out[- ]of[- ]scope|non-goals?|alternatives?|roll(?:ing)?[- ]?back|revert(?:ing)?|undo(?:ing)?|back out|already|previously)\b/i;

/** The lines of a document that ask for files to be deleted or renamed, or made without a block. */
export class FileWishes {
  readonly #lines: Wish[] = [];
  /** The line above the list or the table that a line may be in. */
  #lead = '';
  /** How many of the lines stand above the last heading or block. */
  #settled = 0;

  take({ kind, text, at }: Extract<Part, { text: string }>, titles: readonly string[]): void {
    if (kind === 'heading') this.#settle();
    const around = kind === 'heading' ? titles.slice(1) : titles;
    const within = isItem(text) || isRow(text);
    const above = within ? [...around, this.#lead] : around;
    const empty = emptyFile(text);
    if (!around.some(isShownSection) && (empty !== null || asksForGone(text, kind === 'heading', above))) {
      this.#lines.push({ at, empty, text, announces: /:\s*$/.test(within ? this.#lead : text) });
    }
    if (!within && !/^\s/.test(text)) this.#lead = text;
  }

  /** Commands show how to do what the lines right above them ask for; an edit may take a name out of a list of names. */
  block(part: Part): void {
    const open = this.#lines.splice(this.#settled);
    const commands = part.kind === 'fence' && isCommandLanguage(part.language);
    if (part.kind === 'edit') this.#lines.push(...open.filter(wish => !takesOut(part.search, wish)));
    else if (!commands) this.#lines.push(...open);
    this.#settle();
  }

  #settle(): void {
    this.#settled = this.#lines.length;
    this.#lead = '';
  }

  /**
   * The blocks of the document with these lines among them, rejected, in order.
   *
   * @param made whether a step of the document makes the file of that path
   */
  among(blocks: readonly Block[], made: (path: string) => boolean): Block[] {
    const left = this.#lines.filter(({ empty }) => empty === null || !made(empty));
    const wishes = left.map(({ at, empty }) =>
      rejected(at + 1, empty === null ? goneReason : emptyReason(empty)),
    );
    let end = 0;
    return [...blocks, ...wishes]
      .sort((one, other) => one.line - other.line)
      .filter(block => {
        const apart = block.line > end; // A comment in a fence of blocks is a part of the block below it.
        end = Math.max(end, block.endLine);
        return apart;
      });
  }
}

interface Wish {
  /** Line index, from 0. */
  readonly at: number;
  readonly text: string;
  /** The path of a file that is to be made without content; null for one that is to be deleted or renamed. */
  readonly empty: string | null;
  /** Whether the line, or the one above its list, ends with a colon, and so may speak of the block below. */
  readonly announces: boolean;
}

/** Below "In `.gitignore`:" or "Remove `x.log`:" it is a line of a file that goes, and no file. */
function takesOut(search: readonly string[], { text, announces, empty }: Wish): boolean {
  const name = text.split(/[\s`"']+/).find(word => looksLikeFile(trimPath(word)));
  return (
    announces && empty === null && name !== undefined && search.some(line => line.includes(trimPath(name)))
  );
}

function rejected(line: number, reason: string): Block {
  const code = 'STEP_UNSUPPORTED';
  return { line, endLine: line, language: null, disposition: 'rejected', stepNumber: null, code, reason };
}

/** The path in "Create an empty file `lib/__init__.py`." */
function emptyFile(line: string): string | null {
  if (line.length > 300 || !line.includes('mpty') || /^\s*[>|]/.test(line) || notMeant.test(line))
    return null;
  const { text } = statementOf(line);
  const found =
    /^(?:Create|Add|create|add)\s+(?:an?\s+)?(?:new\s+)?empty\s+(?:file\s+)?(?:at\s+|named\s+)?/.exec(text);
  const path = found === null ? undefined : leadingToken(text.slice(found[0].length))?.path;
  return path !== undefined && looksLikeFile(path) ? path : null;
}

function emptyReason(path: string): string {
  return `This line asks for an empty file, ${path}, and no block makes it: the task would complete without it. Write Create \`${path}\` and right below it a fence with nothing in it.`;
}

/**
 * Whether a line, as an item, a sentence, a row or a heading, asks for files to be deleted or renamed.
 *
 * @param above the headings around it, and the line above its list
 */
function asksForGone(line: string, heading: boolean, above: readonly string[]): boolean {
  if (line.length > 300 || !line.includes('.')) return false;
  if (!(isRow(line) ? isRowOfGone(line) : isStatementOfGone(line, heading))) return false;
  return ![line, ...above].some(text => notMeant.test(text.slice(0, 300)));
}

function isStatementOfGone(line: string, heading: boolean): boolean {
  if (/^\s*(?:>|(?:[-*+•]|\d{1,3}[.)])\s+\[[xX]\])/.test(line)) return false;
  const { text } = statementOf(line);
  const found = verb.exec(text);
  if (found === null) return false;
  if (!heading && !isItem(line) && /^[a-z]/.test(text)) return false; // The middle of a wrapped sentence.
  const token = leadingToken(text.slice(found[0].length));
  if (token === null || !looksLikeFile(token.path)) return false;
  const after = text.slice(found[0].length + token.length);
  if (!/^(?:rename|move)$/i.test(found[1] ?? '')) return behindDeleted.test(after);
  const joint = behindRenamed.exec(after)?.[0].length;
  const target = joint === undefined ? null : leadingToken(after.slice(joint));
  if (joint === undefined || target === null) return false;
  const place = looksLikeFile(target.path) || target.path.endsWith('/');
  return place && !/^\s*(?:in|inside|within|at|of)\b/i.test(after.slice(joint + target.length));
}

/** Whether a line is an item of a list. */
function isItem(line: string): boolean {
  return /^\s*(?:[-*+•]|\d{1,3}[.)])\s/.test(line);
}

function isRow(line: string): boolean {
  return /^\s*\|/.test(line);
}

/** `| lib/x.py | Delete |` */
function isRowOfGone(line: string): boolean {
  const cells = line
    .split('|')
    .map(cell => cell.replaceAll('**', '').trim())
    .filter(cell => cell !== '');
  const file = leadingToken(cells[0] ?? '');
  return (
    file !== null &&
    looksLikeFile(file.path) &&
    cells.slice(1).some(cell => /^(?:delete|remove|rename|move)d?$/i.test(cell))
  );
}

const goneReason =
  'This line asks for a file to be deleted or renamed, and a document only creates and edits files: the task would complete without it. Take the line out, or say that a person does it: "by hand". A file with another name is written with Create `path`.';
