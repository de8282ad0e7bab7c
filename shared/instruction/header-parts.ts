import { trimPath } from './path-token.ts';

/**
 * What a path header promises of the blocks under it. `create`: a new file. `file`: a file, whole or to be
 * edited. `edit`: an existing file to be edited. `named`: a path and nothing more.
 */
export type HeaderKind = 'create' | 'file' | 'edit' | 'named';

/** What a line says of a file, if it is a header. */
export type Found = { kind: HeaderKind; path: string; weak: boolean; item?: boolean; sentence?: boolean };

/** `(new file)` behind a path. */
export const saidNew = /^\s*[([](?:an?\s+)?new(?:\s+file)?[)\]]/i;

/** `/api/users`: the form of an address rather than of a file. */
export function isRoute(path: string): boolean {
  return /^\/(?:api|v\d|health|status|metrics|auth|admin|login|ws)\b/.test(path);
}

/** The path that text begins with; `length` counts its marks. */
export type Token = { path: string; length: number; ticked: boolean };

/** Finds it between ticks, quotes, or bare. */
export function leadingToken(text: string): Token | null {
  const ticked = /^(`+)([^`]+)\1/.exec(text);
  if (ticked !== null) return { path: trimPath(ticked[2] ?? ''), length: ticked[0].length, ticked: true };
  const link = /^\[`?([^\]`]+)`?\]\([^)]*\)/.exec(text);
  if (link !== null) return { path: trimPath(link[1] ?? ''), length: link[0].length, ticked: true };
  const quoted = /^(["'])([^"']+)\1/.exec(text);
  if (quoted !== null) return { path: trimPath(quoted[2] ?? ''), length: quoted[0].length, ticked: true };
  const bare = /^\S+/.exec(text)?.[0];
  if (bare === undefined) return null;
  const path = trimPath(bare.replace(/[)\]]+$/, closing => (/[([]/.test(bare) ? closing : '')));
  return { path, length: bare.length, ticked: false };
}
