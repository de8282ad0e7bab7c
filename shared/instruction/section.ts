import { type Folder, folderOf } from './folder.ts';
import { headerOf, type PathHeader } from './header.ts';
import { looksLikeFile, tickedPieces, trimPath } from './path-token.ts';

/** A section of the document: from a heading to the next of the same or a higher level. */
interface Section {
  readonly level: number;
  readonly title: string;
  /** Whether the title is that of the document. */
  readonly whole: boolean;
  plain: PathHeader | null;
  weak: PathHeader | null;
  /** The folder that a line of the section, or its title, names for the files below. */
  folder: Folder | null;
  /** The last line that named several files. */
  several: PathHeader | null;
  /** Whether a block has stood under the plain header. */
  used: boolean;
  /** Paths that the section names for editing, while no block has stood in it. */
  readonly named: Set<string>;
  /** Paths that its prose speaks of. */
  readonly mentioned: Set<string>;
  blocks: number;
}

const bareLabel =
  /^(?:#+\s*)?(?:\d+[.)]\s*)?(create(?:\s+(?:new\s+)?file)?|new\s+file|file(?:\s+path)?|files?\s+to\s+(?:modify|edit|update|create)|modify(?:\s+file)?|edit(?:\s+file)?|update|target(?:\s+files?)?|path|location)\s*:?$/i;

const editedFiles =
  /\b(?:files?\s+to\s+(?:be\s+)?(?:modif\w+|edit\w*|updat\w+|chang\w+)|modified\s+files?|existing\s+files?)\b/i;
/** Sections that speak of the whole document rather than of one step of it. */
const declares =
  /^(?:the\s+)?(?:target|files?|locations?|paths?|scope|overview|summary|objective|goal|task|deliverables?|metadata|context|background|description|what|affected|solution|approach|requirements?|instructions?)\b(?!\s*#?\d)/i;
const newFileTitle =
  /^(?:(?:step|task|phase|part)\s*#?\d+[a-z]?|\d+(?:\.\d+)*)?\s*[:.)–—-]*\s*(?:create|new)\b/i;
const actionLine =
  /^[\s*_-]*(?:action|operation|change\s+type|mode)[\s*_]*:[\s*_]*(modify|update|edit|create|new|append|insert|patch)\b/i;

/** What holds at a place of the document: the sections around it and what their lines said. */
export class Outline {
  #sections: Section[] = [newSection(0, '', true)];
  #titled = false;
  /** Paths named in sections without blocks of their own: they speak for the rest of the document. */
  readonly #declared = new Set<string>();
  #lastEdited: string | null = null;
  /** Every path with folders that a header has named, by its last part. */
  readonly #byName = new Map<string, Set<string>>();
  /** The nearest line of text above, in this section and after its last block. */
  intro: { at: number; text: string } | null = null;

  heading(level: number, text: string, at: number): void {
    while (this.#sections.length > 1 && this.top.level >= level) this.#close();
    this.#sections.push(newSection(level, text, level === 1 && !this.#titled));
    this.#titled ||= level === 1;
    this.intro = null;
    this.top.folder = folderOf(text, true);
    const header = headerOf(text, at, true);
    if (header !== null) this.#keep(header);
  }

  text(line: string, at: number): void {
    const found = headerOf(line, at, false);
    const header = this.#labelled(line, found) ?? found;
    this.intro = { at, text: line };
    if (this.#action(line, at)) return;
    if (line.includes('/') || line.includes(':')) this.top.folder = folderOf(line, false) ?? this.top.folder;
    if (header === null) this.#mention(line);
    if (header !== null) {
      this.#keep(header);
      return;
    }
    if (this.#lastEdited !== null && /\bsame file\b/i.test(line) && line.length < 300) {
      this.#keep({ kind: 'edit', path: this.#lastEdited, at, weak: true, text: line });
    } else if (/^\s*(?:[-*+]|\d+[.)])\s+`/.test(line) && /\bfiles?\b/i.test(this.top.title)) {
      const path = /`([^`\s]+)`/.exec(line)?.[1];
      if (path !== undefined && !/\((?:create|new)\b/i.test(line)) this.top.named.add(path);
    }
  }

  /** What the headings around say of a header: under `Files to Modify` a file is one to be edited, whatever the header is. */
  #amended(header: PathHeader): PathHeader {
    if (header.kind === 'named' && !header.weak && newFileTitle.test(this.top.title))
      return { ...header, kind: 'create' };
    if (header.kind !== 'file') return header;
    return this.titles().some(title => editedFiles.test(title)) ? { ...header, kind: 'edit' } : header;
  }

  /** `**Action:** Modify` below a file's line says what the line did not. */
  #action(line: string, at: number): boolean {
    const { plain, used } = this.top;
    if (plain === null || used) return false;
    const said = actionLine.exec(line)?.[1]?.toLowerCase();
    if (said === undefined) return false;
    const create = said === 'create' || said === 'new';
    this.top.plain = { ...plain, kind: create ? 'create' : 'edit', at };
    return true;
  }

  /** A path alone on its line under a label alone on its line: `**File:**` and below it the path. */
  #labelled(line: string, header: PathHeader | null): PathHeader | null {
    if (header === null || !header.weak || header.kind !== 'named') return null;
    const above = (this.intro?.text ?? this.top.title).replaceAll('**', '').trim();
    const label = bareLabel.exec(above)?.[1];
    return label === undefined
      ? null
      : headerOf(`${label}: ${line.replace(/^\s*(?:[-*+]\s+)?/, '').replaceAll('**', '')}`, header.at, false);
  }

  /** A block ends the reach of the lines above it as introductions, and marks the section as one with blocks. */
  block(): void {
    this.intro = null;
    for (const section of this.#sections) section.blocks += 1;
    this.top.used = this.top.plain !== null;
  }

  edited(path: string): void {
    this.#lastEdited = path;
  }

  get top(): Section {
    return this.#sections.at(-1) ?? newSection(0, '', true);
  }

  /** Titles of the sections around, innermost first, without that of the document. */
  titles(): string[] {
    return this.#sections
      .filter(section => !section.whole)
      .map(section => section.title)
      .reverse();
  }

  /** The nearest header in the sections around, innermost first. */
  nearest(): { header: PathHeader; here: boolean; title: string } | null {
    for (let index = this.#sections.length - 1; index >= 0; index -= 1) {
      const section = this.#sections[index];
      const header = section?.plain ?? section?.weak;
      const here = index === this.#sections.length - 1;
      // A line of several files speaks for its own section only.
      if (section !== undefined && header != null && (here || header.along === undefined)) {
        return { header, here, title: section.title };
      }
    }
    return null;
  }

  /** The nearest folder that a line above, or a heading around, names for the files below. */
  folder(): Folder | null {
    return this.#sections.findLast(({ folder }) => folder !== null)?.folder ?? null;
  }

  /** Paths that the prose of a section speaks of: they count for an edit that nothing else names a file for. */
  #mention(line: string): void {
    if (!line.includes('`')) return;
    for (const piece of tickedPieces(line.slice(0, 2000))) {
      const path = trimPath(piece.text);
      if (path.includes('/') && looksLikeFile(path)) this.top.mentioned.add(path);
    }
  }

  /** The one path that the prose of this section speaks of, if it is one. */
  mentioned(): string | null {
    const { mentioned } = this.top;
    return mentioned.size === 1 ? ([...mentioned][0] ?? null) : null;
  }

  /** The one path that sections without blocks have named, if it is one. */
  declared(): string | null {
    const open = this.#sections.filter(section => section.blocks === 0);
    let one: string | null = null;
    for (const paths of [this.#declared, ...open.map(section => section.named)])
      for (const path of paths) {
        if (one !== null && path !== one) return null;
        one = path;
      }
    return one;
  }

  #keep(found: PathHeader): void {
    const header = this.#resolve(this.#oneOfSeveral(this.#amended(found)));
    if (header.along !== undefined) this.top.several = header;
    if (header.weak && !(this.top.used && this.top.plain !== null)) this.top.weak = header;
    else {
      const { plain, used } = this.top;
      // `Location: lib/tools` and then `Create: x.py`.
      if (plain !== null && !used && !looksLikeFile(plain.path))
        this.top.folder = { name: plain.path, base: false };
      const rival = header.sentence && plain !== null && !used && !plain.sentence && plain.kind !== 'create';
      const other = rival && !`/${header.path}`.endsWith(`/${plain.path}`);
      this.top.plain = other ? { ...header, instead: plain.path } : header;
      this.top.used = false;
    }
    if (header.kind !== 'create')
      for (const path of [header.path, ...(header.along ?? [])]) this.top.named.add(path);
  }

  /** "Create `a` and `b`:", and below it each of them alone on a line above its block. */
  #oneOfSeveral(header: PathHeader): PathHeader {
    const { several } = this.top;
    if (!header.weak || header.kind !== 'named' || several === null) return header;
    const named = [several.path, ...(several.along ?? [])].includes(header.path);
    return named ? { ...header, kind: several.kind, weak: false } : header;
  }

  /** A file name without folders means the path with that name that a header has named before, if it is one. */
  #resolve(header: PathHeader): PathHeader {
    const name = header.path.slice(header.path.lastIndexOf('/') + 1);
    const known = this.#byName.get(name) ?? new Set();
    if (header.path.includes('/')) {
      this.#byName.set(name, known.add(header.path));
      return header;
    }
    const [path] = known;
    if (path === undefined || known.size > 1) return header;
    const explicit = /^(?:create|new|file|path)\b/i.test(header.text);
    return explicit ? header : { ...header, path };
  }

  #close(): void {
    const section = this.#sections.pop();
    if (section === undefined || section.blocks > 0 || !declares.test(section.title)) return;
    for (const path of section.named) this.#declared.add(path);
  }
}

function newSection(level: number, title: string, whole: boolean): Section {
  return {
    level,
    title,
    whole,
    plain: null,
    weak: null,
    several: null,
    folder: null,
    used: false,
    named: new Set(),
    mentioned: new Set(),
    blocks: 0,
  };
}
