import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

/** A port that is free now, for a program that cannot choose one itself. */
export function choosePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo; // it listens on a port, not on a pipe
      server.close(() => resolve(port));
    });
  });
}
