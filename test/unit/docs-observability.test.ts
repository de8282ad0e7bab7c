// docs/observability.md names every metric that there is, and none besides.
import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { root } from '../support/jr.ts';

/** Names of metrics are the capitalised keys and names of the files that make them; `Level${level}` is 0 to 3. */
async function published(): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const file of glob('functions/*/{metrics,service-levels,ladder-levels}.ts', { cwd: root })) {
    const text = await readFile(`${root}${file}`, 'utf8');
    for (const [, key, name] of text.matchAll(
      /^\s+([A-Z]\w+): |(?:name: |timings\()['`]([A-Z][\w${}]+)['`]/gm,
    ))
      names.add(key ?? name ?? '');
  }
  return names;
}

test('every metric is documented, and every documented one is made', async () => {
  const made = [...(await published())].flatMap(name =>
    name.includes('$') ? [0, 1, 2, 3].map(level => name.replace(/\$\{.*\}/, String(level))) : [name],
  );
  const text = await readFile(`${root}docs/observability.md`, 'utf8');
  const table = text
    .split('\n')
    .filter(line => line.startsWith('| '))
    .join('\n');
  const documented = [...table.matchAll(/`([A-Z]\w+)`/g)].map(([, name]) => name ?? '');
  assert.deepEqual(documented.toSorted(), made.toSorted());
});
