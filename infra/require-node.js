// Plain JavaScript: says what is missing where TypeScript cannot be run as it is.
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `jr-executor needs Node 22.18 or newer and found ${process.version}: install Node 24, or run this through npm on Linux, where "npm ci" brings it.`,
  );
  process.exit(2);
}
if (!existsSync(new URL('../node_modules', import.meta.url))) {
  console.error('The packages are not installed: run "npm ci" in the checkout.');
  process.exit(2);
}
