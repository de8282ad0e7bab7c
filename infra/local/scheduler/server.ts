import { type HttpServer, serveHttp } from '../http.ts';
import type { LambdaHost } from '../lambda/host.ts';
import type { FunctionSpecs } from '../manifest.ts';
import type { SqsServer } from '../sqs.ts';

export interface SchedulerServer extends HttpServer {
  run(): void;
}

export async function startScheduler(options: {
  port: number;
  stateDir: string;
  lambda: LambdaHost;
  sqs: SqsServer;
  functions: FunctionSpecs;
}): Promise<SchedulerServer> {
  const server = await serveHttp({
    port: options.port,
    name: 'the Scheduler',
    setting: 'JR_SCHEDULER_PORT',
    handle: () => ({ status: 501 }),
  });
  return { ...server, run: () => {} };
}
