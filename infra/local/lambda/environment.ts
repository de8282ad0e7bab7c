import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Response } from '../http.ts';
import { type FunctionLog, LogTail } from './function-log.ts';
import type { Leftovers } from './leftovers.ts';
import { exitSentence, failedPayload, type Outcome, timeoutSentence } from './outcome.ts';

/** What an environment needs to know of its function. */
export interface EnvironmentSpec {
  readonly functionName: string;
  readonly functionArn: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** Folder of `index.mjs`. */
  readonly taskRoot: string;
  /** The compiled bootstrap.ts. */
  readonly bootstrap: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly log: FunctionLog;
  readonly leftovers: Leftovers;
}

interface Job {
  readonly requestId: string;
  readonly event: string;
  readonly settle: (functionError: Outcome['functionError'], payload: string) => void;
  begun: number;
  timer?: NodeJS.Timeout;
}

/** AWS gives the loading of the code ten seconds outside the function's own timeout. */
const INIT_SECONDS = 10;

/**
 * One execution environment: a child process that works on one event at a time, reached through its own branch of
 * the Runtime API. It ends with its process; the pool then makes another.
 */
export class Environment {
  readonly id = randomUUID();
  /** Resolves when the process is gone. */
  readonly ended: Promise<void>;
  readonly #spec: EnvironmentSpec;
  readonly #child: ChildProcess;
  readonly #tail = new LogTail();
  readonly #initTimer: NodeJS.Timeout;
  readonly #born = performance.now();
  #job: Job | undefined;
  /** The held answer to `invocation/next`, while the process waits for work. */
  #deliver: ((response: Response) => void) | undefined;
  #initError: string | undefined;
  #initMilliseconds: number | undefined;
  #reported = false;
  #killedFor: string | undefined;
  #alive = true;

  constructor(spec: EnvironmentSpec, runtimeApi: string) {
    this.#spec = spec;
    const { functionName, memoryMb, taskRoot } = spec;
    const stream = `${new Date().toISOString().slice(0, 10).replaceAll('-', '/')}/[$LATEST]${this.id.replaceAll('-', '')}`;
    this.#child = spawn(
      process.execPath,
      ['--enable-source-maps', `--max-old-space-size=${Math.floor(memoryMb * 0.9)}`, spec.bootstrap],
      {
        cwd: taskRoot,
        stdio: ['pipe', 'pipe', 'pipe'],
        env: {
          PATH: process.env['PATH'],
          HOME: process.env['HOME'],
          TMPDIR: process.env['TMPDIR'],
          TZ: 'UTC',
          LANG: 'en_US.UTF-8',
          AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
          AWS_LAMBDA_FUNCTION_NAME: functionName,
          AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
          AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
          AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
          AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
          AWS_LAMBDA_LOG_STREAM_NAME: stream,
          AWS_LAMBDA_RUNTIME_API: `${runtimeApi}/${this.id}`,
          LAMBDA_TASK_ROOT: taskRoot,
          LAMBDA_RUNTIME_DIR: taskRoot,
          _HANDLER: 'index.handler',
          ...spec.variables,
        },
      },
    );
    const { pid } = this.#child;
    if (pid !== undefined) spec.leftovers.add(pid);
    const collect = (chunk: Buffer) => {
      this.#tail.add(chunk.toString());
      spec.log.write(chunk.toString());
    };
    this.#child.stdout?.on('data', collect);
    this.#child.stderr?.on('data', collect);
    this.#child.stdin?.on('error', () => undefined); // its end is the message, and the child may be gone already
    this.ended = new Promise(resolve => {
      // `close`, not `exit`: what it logged last is read before its end is reported.
      this.#child.once('close', (code, signal) => {
        if (pid !== undefined) spec.leftovers.remove(pid);
        this.#onEnd(exitSentence(code, signal));
        resolve();
      });
      this.#child.once('error', error => {
        this.#onEnd(`Runtime could not be started: ${error.message}`);
        resolve();
      });
    });
    this.#initTimer = setTimeout(
      () => this.#kill(`Task timed out after ${INIT_SECONDS}.00 seconds while loading the code`),
      INIT_SECONDS * 1_000,
    );
  }

  /** False as soon as its end is decided, before the process is gone. */
  get alive(): boolean {
    return this.#alive && this.#killedFor === undefined;
  }

  get busy(): boolean {
    return this.#job !== undefined;
  }

  /** Hands the event to the process. Resolves however it ends; after a timeout or crash only when the process is gone. */
  run(requestId: string, event: string): Promise<Outcome> {
    return new Promise(resolve => {
      this.#tail.clear();
      this.#job = {
        requestId,
        event,
        begun: performance.now(),
        settle: (functionError, payload) => {
          clearTimeout(this.#job?.timer);
          this.#report(requestId);
          this.#job = undefined;
          resolve({ requestId, functionError, payload, logTail: this.#tail.toBase64() });
        },
      };
      this.#handOver();
    });
  }

  /** Answers one call of this environment's process to the Runtime API. */
  answer(method: string, path: readonly string[], body: string): Promise<Response> | Response {
    const [area, id, verb] = path;
    if (area === 'init' && id === 'error') {
      this.#initError = body;
      return { status: 202, body: '{"status":"OK"}' };
    }
    if (area !== 'invocation') return { status: 404 };
    if (method === 'GET' && id === 'next') return this.#next();
    // A word that comes after the verdict (it was timed out) changes nothing any more.
    if (this.#job?.requestId !== id || this.#job === undefined || this.#killedFor !== undefined) {
      return { status: 400, body: '{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}' };
    }
    if (verb === 'response') this.#job.settle(null, body);
    else if (verb === 'error') this.#job.settle('Unhandled', body);
    else return { status: 404 };
    return { status: 202, body: '{"status":"OK"}' };
  }

  /** Ends the process: politely by closing its input, by force for one that is at work. */
  async stop(): Promise<void> {
    if (this.busy) this.#kill('Runtime was stopped');
    else this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 1_000);
    await this.ended;
    clearTimeout(force);
  }

  #next(): Promise<Response> {
    if (this.#initMilliseconds === undefined) {
      clearTimeout(this.#initTimer);
      this.#initMilliseconds = performance.now() - this.#born;
    }
    return new Promise(resolve => {
      this.#deliver = resolve;
      this.#handOver();
    });
  }

  #handOver(): void {
    const job = this.#job;
    const deliver = this.#deliver;
    if (job === undefined || deliver === undefined) return;
    this.#deliver = undefined;
    const { timeoutSeconds, functionArn, log } = this.#spec;
    log.write(`START RequestId: ${job.requestId} Version: $LATEST`);
    job.begun = performance.now();
    job.timer = setTimeout(() => this.#kill(timeoutSentence(timeoutSeconds)), timeoutSeconds * 1_000);
    deliver({
      status: 200,
      headers: {
        'lambda-runtime-aws-request-id': job.requestId,
        'lambda-runtime-deadline-ms': String(Math.floor(Date.now() + timeoutSeconds * 1_000)),
        'lambda-runtime-invoked-function-arn': functionArn,
        'lambda-runtime-trace-id': `Root=1-${Math.floor(Date.now() / 1_000).toString(16)}-${this.id.replaceAll('-', '').slice(0, 24)};Sampled=0`,
      },
      body: job.event,
    });
  }

  #kill(reason: string): void {
    this.#killedFor ??= reason;
    this.#child.kill('SIGKILL');
  }

  #onEnd(how: string): void {
    this.#alive = false;
    clearTimeout(this.#initTimer);
    const job = this.#job;
    if (job === undefined) return;
    const type = this.#killedFor?.startsWith('Task timed out') ? 'Sandbox.Timedout' : 'Runtime.ExitError';
    const payload = this.#initError ?? failedPayload(type, job.requestId, this.#killedFor ?? how);
    this.#spec.log.write(payload);
    job.settle('Unhandled', payload);
  }

  #report(requestId: string): void {
    const { log, memoryMb } = this.#spec;
    const took = performance.now() - (this.#job?.begun ?? 0);
    const init = this.#reported ? undefined : this.#initMilliseconds;
    this.#reported = true;
    log.write(
      `END RequestId: ${requestId}\nREPORT RequestId: ${requestId}\tDuration: ${took.toFixed(2)} ms\t` +
        `Memory Size: ${memoryMb} MB${init === undefined ? '' : `\tInit Duration: ${init.toFixed(2)} ms`}`,
    );
  }
}
