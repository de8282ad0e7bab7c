import functions from '../../../infra/functions.json' with { type: 'json' };
import type { Figures } from '../statistics.ts';
import { batch, type Calls } from './calls.ts';
import { assumptions, limits, prices } from './prices.ts';

export interface Spent {
  readonly on: string;
  readonly dollars: number;
  /** What was counted. */
  readonly from: string;
}

export interface Estimate {
  readonly work: string;
  /** For a million tasks, by what it is spent on. */
  readonly dollars: readonly Spent[];
  readonly scale: readonly {
    readonly tasksPerSecond: number;
    readonly functions: number;
    readonly connections: number;
    readonly acus: number;
    /** MB of WAL a second. */
    readonly wal: number;
    /** What gives way first at this rate, and what lifts it; null when nothing does. */
    readonly bottleneck: string | null;
  }[];
}

/** What `npm run bench` measures of the ledger's work, a task. */
export type Measured = Pick<Figures, 'transactions' | 'walBytes' | 'clientMs' | 'serverMs'>;

export interface Counted {
  readonly work: string;
  /** Of running tasks that wait in the ledger. */
  readonly figures: Measured;
  /** Of taking them in, ten messages at a time. */
  readonly intake: Measured;
  /** Of a batch of ten that are taken in and run. */
  readonly calls: Calls;
}

const memoryGb = functions['execute-task'].memory_mb / 1024;
const million = 1_000_000;

/** What tasks cost and need that come in by the queue, from what was counted of them. */
export function estimate({ work, figures, intake, calls }: Counted): Estimate {
  const sum = (of: (measured: Measured) => number) => of(figures) + of(intake);
  const transactions = sum(it => it.transactions);
  const walBytes = sum(it => it.walBytes);
  const serverMs = sum(it => it.serverMs ?? 0);
  const { statements, sends, schedules, logBytes, fileReads, fileWrites } = each(calls);
  // The CPU that its own process needs, and the waits for ledger and disk; tasks of a batch come one after another.
  const waits =
    statements * assumptions.msPerStatement +
    fileReads * assumptions.msPerEfsRead +
    fileWrites * assumptions.msPerEfsWrite;
  const secondsPerTask = (sum(it => it.clientMs) + waits) / 1000;
  const acusPerRate = (serverMs / 1000 / assumptions.vcpusPerAcu) * (1 / assumptions.cpuInUse);
  const ios = Math.max(transactions, walBytes / assumptions.bytesPerIo);
  const gb = (fileCalls: number) => (fileCalls * assumptions.efsKbPerCall * million) / 1e6;
  const dollars = [
    {
      on: 'SQS',
      dollars: (1 + 2 / batch + sends) * prices.sqsPerMillionRequests,
      from: `a send each, a receive and a delete for each batch of ${batch}, ${number(sends)} sends of its own`,
    },
    {
      on: 'Lambda',
      dollars:
        prices.lambdaPerMillionRequests / batch +
        secondsPerTask * million * memoryGb * prices.lambdaPerGbSecond,
      from: `an invocation for each batch; ${number(secondsPerTask * 1000)} ms a task at ${memoryGb} GB: ${number(sum(it => it.clientMs))} ms of CPU, ${number(statements)} statements, ${number(fileReads)} looks and ${number(fileWrites)} changes in the file system`,
    },
    {
      on: 'Scheduler',
      dollars: schedules * prices.schedulerPerMillionInvocations,
      from: `${number(schedules)} schedules: only a retry beyond 15 minutes and a deadline make one`,
    },
    {
      on: 'Aurora, capacity',
      dollars: (acusPerRate / 3600) * million * prices.auroraPerAcuHour,
      from: `${number(serverMs)} ms of CPU, at ${assumptions.cpuInUse * 100} % in use`,
    },
    {
      on: 'Aurora, I/O',
      dollars: ios * prices.auroraPerMillionIos,
      from: `${number(transactions)} commits and ${Math.round(walBytes)} bytes of WAL`,
    },
    {
      on: 'EFS',
      dollars: gb(fileReads) * prices.efsReadPerGb + gb(fileWrites) * prices.efsWritePerGb,
      from: `each look and change as ${assumptions.efsKbPerCall} KB, which is the most: some are answered by a cache`,
    },
    {
      on: 'Logs',
      dollars: ((logBytes * million) / 1e9) * prices.logsPerGb,
      from: `${Math.round(logBytes)} bytes`,
    },
  ];
  const scale = [10, 1_000, 10_000].map(tasksPerSecond => {
    const instances = Math.max(1, Math.ceil(tasksPerSecond * secondsPerTask));
    const connections = instances * assumptions.connectionsPerInstance;
    const acus = Math.max(0.5, tasksPerSecond * acusPerRate);
    return {
      tasksPerSecond,
      functions: instances,
      connections,
      acus,
      wal: (tasksPerSecond * walBytes) / 1e6,
      bottleneck: bottleneckOf({ tasksPerSecond, functions: instances, connections, acus, fileWrites }),
    };
  });
  return { work, dollars, scale };
}

/** The resource whose share in use is the largest. */
function bottleneckOf(at: {
  tasksPerSecond: number;
  functions: number;
  connections: number;
  acus: number;
  fileWrites: number;
}): string | null {
  const shares = [
    {
      share: at.acus / limits.maxAcus,
      what: 'the CPU of the one writer: more than one ledger, split by workspace',
    },
    {
      share: at.functions / limits.lambdaConcurrency,
      what: 'concurrent functions of an account: a quota to raise',
    },
    { share: at.connections / limits.connections, what: 'connections: an RDS Proxy in between' },
    {
      share: (at.tasksPerSecond * at.fileWrites) / limits.efsWritesPerSecond,
      what: 'writes of one EFS file system: a quota to raise, or a file system for each workspace',
    },
    {
      share: ((at.tasksPerSecond / batch) * assumptions.msPerStatement) / 1000 / limits.claimsAtOnce,
      what: 'the claims for one Jr, if all tasks are its own: another Jr',
    },
  ].toSorted((a, b) => b.share - a.share);
  const [first] = shares;
  if (first === undefined || first.share < 0.1) return null;
  return `${Math.round(first.share * 100)} % of ${first.what}`;
}

/** Of one task of the batch. */
function each(calls: Calls): Calls {
  const { statements, sends, schedules, logBytes, fileReads, fileWrites } = calls;
  return {
    statements: statements / batch,
    sends: sends / batch,
    schedules: schedules / batch,
    logBytes: logBytes / batch,
    fileReads: fileReads / batch,
    fileWrites: fileWrites / batch,
  };
}

/** As people read it: two digits behind the point, but for whole numbers. */
function number(n: number): string {
  return Number.isInteger(n) ? String(n) : n.toFixed(2);
}
