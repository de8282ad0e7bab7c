#!/usr/bin/env node
// Plain JavaScript, so that any Node can say what is missing. Node 24 runs the TypeScript behind it as it is.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const runsTypeScript = major > 22 || (major === 22 && minor >= 18);

if (runsTypeScript && !existsSync(new URL('../node_modules', import.meta.url))) {
  console.error('The packages are not installed: run "npm ci" in the checkout.');
  process.exitCode = 2;
} else if (runsTypeScript) {
  module.enableCompileCache();
  const { main } = await import('./main.ts');
  process.exitCode = await main(process.argv);
} else {
  // The checkout brings a Node 24 of its own for Linux (optionalDependencies).
  const own = fileURLToPath(new URL(`../node_modules/node-linux-${process.arch}/bin/node`, import.meta.url));
  if (existsSync(own)) {
    const child = spawn(own, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
      stdio: 'inherit',
    });
    // A terminal sends Ctrl-C and its own end to both; what asks one process to end asks this one.
    for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('exit', (status, signal) => {
      if (signal === null) process.exitCode = status ?? 1;
      else {
        process.removeAllListeners(signal);
        process.kill(process.pid, signal);
      }
    });
  } else {
    console.error(
      `jr needs Node 22.18 or newer and found ${process.version}: install Node 24, or run "npm ci" in the checkout, which brings it on Linux.`,
    );
    process.exitCode = 2;
  }
}
