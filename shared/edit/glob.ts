const compiled = new Map<string, RegExp>();

/** Whether a path matches a glob: `*` and `?` within one name, `**` across folders. Letters match in either case. */
export function matchesGlob(path: string, glob: string): boolean {
  let form = compiled.get(glob);
  if (form === undefined) {
    form = anyOf([glob]);
    if (compiled.size < 1000) compiled.set(glob, form);
  }
  return form.test(path);
}

/** What matches a path that one of these globs matches. Those for any folder are one: a path's folders are passed once. */
export function anyOf(globs: readonly string[]): RegExp {
  const anywhere = globs.filter(glob => glob.startsWith('**/')).map(glob => translate(glob.slice(3)));
  const others = globs.filter(glob => !glob.startsWith('**/')).map(translate);
  const alternatives = anywhere.length === 0 ? others : [`(?:[^/]+/)*(?:${anywhere.join('|')})`, ...others];
  return new RegExp(`^(?:${alternatives.join('|')})$`, 'i');
}

function translate(glob: string): string {
  let out = '';
  for (let at = 0; at < glob.length; at += 1) {
    if (glob.startsWith('**/', at)) {
      out += '(?:[^/]+/)*';
      at += 2;
    } else if (glob.startsWith('**', at)) {
      out += '.*';
      at += 1;
    } else if (glob[at] === '*') out += '[^/]*';
    else if (glob[at] === '?') out += '[^/]';
    else out += (glob[at] ?? '').replace(/[.+^${}()|[\]\\]/g, '\\$&');
  }
  return out;
}
