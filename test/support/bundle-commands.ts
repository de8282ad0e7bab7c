import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundleContents } from '../../infra/bundle-contents.ts';

/** The service of IAM by the name of the SDK's client, where they differ. */
const services: Readonly<Record<string, string>> = { 'secrets-manager': 'secretsmanager' };

/** The SDK commands of which something is in a bundle, as `sqs:SendMessage`. */
export async function commandsIn(folder: string): Promise<string[]> {
  const metafile: Metafile = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8'));
  const found = [...bundleContents(metafile).sources].flatMap(path => {
    const named = /@aws-sdk\/client-([^/]+)\/.*\/commands\/(\w+)Command\.js$/.exec(path);
    const [, client = '', command = ''] = named ?? [];
    return named === null ? [] : [`${services[client] ?? client}:${command}`];
  });
  return found.sort();
}
