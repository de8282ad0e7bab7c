import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));

/** Installs the bench's own package where it is not, or not as its lockfile says. */
export function installPeers(say: (line: string) => void): void {
  if (installed()) return;
  say('Installing the libraries to compare with (npm ci in test/bench) ...');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** The versions of the libraries, as their lockfile has them. */
export function peerVersions(): Record<string, string> {
  const { dependencies } = read<{ dependencies: Record<string, string> }>('package.json');
  return dependencies;
}

function installed(): boolean {
  if (!existsSync(`${folder}node_modules/.package-lock.json`)) return false;
  return Object.entries(peerVersions()).every(
    ([name, version]) =>
      existsSync(`${folder}node_modules/${name}/package.json`) &&
      read<{ version: string }>(`node_modules/${name}/package.json`).version === version,
  );
}

function read<T>(file: string): T {
  // A package.json has these members by its format.
  return JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as T;
}
