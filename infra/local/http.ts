import { createServer, type IncomingHttpHeaders } from 'node:http';
import { errorCode, StackError, sentence } from './errors.ts';
import { LOOPBACK } from './ports.ts';

export interface Request {
  readonly method: string;
  /** Decoded segments of the path: `/schedules/a%20b` gives `['schedules', 'a b']`. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpServer {
  readonly port: number;
  readonly endpoint: string;
  stop(): Promise<void>;
}

function segments(pathname: string): string[] {
  return pathname
    .split('/')
    .filter(segment => segment !== '')
    .map(segment => {
      try {
        return decodeURIComponent(segment);
      } catch {
        return segment; // a stray % names nothing that exists, and gets the answer for that
      }
    });
}

/**
 * A small HTTP server on loopback. The handler may take as long as it likes to answer; an error that it throws is
 * answered with 500 and its sentence.
 * @param options.port 0: a free one
 * @param options.setting the variable that moves the port, for the error that says it is taken
 */
export function serveHttp(options: {
  port: number;
  name: string;
  setting?: string;
  handle: (request: Request) => Promise<Response> | Response;
}): Promise<HttpServer> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', () => outgoing.destroy());
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://local');
      const answer = async () =>
        options.handle({
          method: incoming.method ?? 'GET',
          path: segments(url.pathname),
          query: url.searchParams,
          headers: incoming.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        });
      answer()
        .catch((error): Response => ({ status: 500, body: JSON.stringify({ Message: sentence(error) }) }))
        .then(({ status, headers = {}, body = '' }) => {
          outgoing.writeHead(status, {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            ...headers,
          });
          outgoing.end(body);
        })
        .catch(() => outgoing.destroy()); // a header that HTTP cannot carry: nothing can be answered
    });
  });
  server.keepAliveTimeout = 60_000; // an SDK's idle connection must not be cut under its next request
  server.requestTimeout = 0;
  return new Promise((resolve, reject) => {
    server.once('error', error => {
      const advice = options.setting === undefined ? '' : `, or set ${options.setting} to another`;
      reject(
        errorCode(error) === 'EADDRINUSE'
          ? new StackError(
              `Port ${options.port} for ${options.name} is taken: stop what listens there${advice}.`,
            )
          : error,
      );
    });
    server.listen({ port: options.port, host: LOOPBACK }, () => {
      const address = server.address();
      const port = address !== null && typeof address === 'object' ? address.port : options.port;
      resolve({
        port,
        endpoint: `http://${LOOPBACK}:${port}`,
        stop: () =>
          new Promise(done => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}
