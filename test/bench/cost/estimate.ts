import type { Figures } from '../statistics.ts';
import { assumptions, limits, prices } from './prices.ts';

export interface Estimate {
  readonly work: string;
  /** Dollars for a million tasks, by what they are spent on. */
  readonly dollars: readonly { readonly on: string; readonly dollars: number; readonly from: string }[];
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

export interface Counted {
  readonly work: string;
  readonly figures: Figures;
  /** Whether its tasks write files. */
  readonly writes: boolean;
}

/** Messages that SQS hands over at once. */
const batch = 10;
const memoryGb = 0.5;

/** What tasks cost and need, from what was counted of them. */
export function estimate({ work, figures, writes }: Counted): Estimate {
  const million = 1_000_000;
  const { statements, transactions, walBytes, clientMs, serverMs } = figures;
  // The CPU that its own process needs, and the waits for ledger and disk; tasks of a batch come one after another.
  const waits =
    statements * assumptions.msPerStatement +
    (writes ? assumptions.efsWritesPerTask * assumptions.msPerEfsWrite : 0);
  const secondsPerTask = (clientMs + waits) / 1000;
  const acusPerRate = ((serverMs ?? 0) / 1000 / assumptions.vcpusPerAcu) * (1 / assumptions.cpuInUse);
  const ios = Math.max(transactions, walBytes / assumptions.bytesPerIo);
  const dollars = [
    {
      on: 'SQS',
      dollars: (1 + 2 / batch) * prices.sqsPerMillionRequests,
      from: 'a send each, a receive and a delete for each batch of 10',
    },
    {
      on: 'Lambda',
      dollars:
        prices.lambdaPerMillionRequests / batch +
        secondsPerTask * million * memoryGb * prices.lambdaPerGbSecond,
      from: `an invocation for each batch, ${(secondsPerTask * 1000).toFixed(1)} ms a task at ${memoryGb} GB`,
    },
    {
      on: 'Aurora, capacity',
      dollars: (acusPerRate / 3600) * million * prices.auroraPerAcuHour,
      from: `${(serverMs ?? 0).toFixed(2)} ms of CPU a task, at ${assumptions.cpuInUse * 100} % in use`,
    },
    {
      on: 'Aurora, I/O',
      dollars: ios * prices.auroraPerMillionIos,
      from: `${transactions.toFixed(2)} commits and ${Math.round(walBytes)} bytes of WAL a task`,
    },
    {
      on: 'Logs',
      dollars: ((assumptions.logBytesPerBatch / batch) * million * prices.logsPerGb) / 1e9,
      from: 'a line for each batch',
    },
  ];
  const scale = [10, 1_000, 10_000].map(tasksPerSecond => {
    const functions = Math.max(1, Math.ceil(tasksPerSecond * secondsPerTask));
    const connections = functions * assumptions.connectionsPerInstance;
    const acus = Math.max(0.5, tasksPerSecond * acusPerRate);
    return {
      tasksPerSecond,
      functions,
      connections,
      acus,
      wal: (tasksPerSecond * walBytes) / 1e6,
      bottleneck: bottleneckOf({ tasksPerSecond, functions, connections, acus, writes }),
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
  writes: boolean;
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
      share: at.writes ? (at.tasksPerSecond * assumptions.efsWritesPerTask) / limits.efsWritesPerSecond : 0,
      what: 'writes of one EFS file system: a quota to raise, or a file system for each workspace',
    },
  ].toSorted((a, b) => b.share - a.share);
  const [first] = shares;
  if (first === undefined || first.share < 0.1) return null;
  return `${Math.round(first.share * 100)} % of ${first.what}`;
}
