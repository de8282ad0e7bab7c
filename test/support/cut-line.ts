import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createPool } from '../../shared/adapters/postgres/pool.ts';

/** A pool whose connections go by a line that can be cut: to who is behind it the server is away. */
export async function poolByLine(databaseUrl: string) {
  const url = new URL(databaseUrl);
  const server = { host: url.hostname, port: Number(url.port) };
  const ends = new Set<Socket>();
  let whole = true;
  const line = createServer(near => {
    const far = connect(server);
    for (const [end, other] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(end);
      end.on('error', () => undefined);
      end.on('close', () => {
        ends.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
    if (!whole) near.destroy();
  });
  line.listen(0, '127.0.0.1');
  await once(line, 'listening');
  const address = line.address();
  if (address === null || typeof address === 'string') throw new Error('The line has no port.');
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  const pool = createPool({ databaseUrl: url.href, max: 2, plansOnce: true, onIdleError: () => undefined });
  return {
    pool,
    /** Returns when nothing is under way any more, as seen from the near end. */
    async cut(): Promise<void> {
      whole = false;
      const closed = [...ends].map(end => once(end, 'close'));
      for (const end of ends) end.destroy();
      await Promise.all(closed);
    },
    mend(): void {
      whole = true;
    },
    async close(): Promise<void> {
      await pool.end();
      line.close();
    },
  };
}
