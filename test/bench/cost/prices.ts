/**
 * List prices in US dollars and limits of AWS, us-east-1, on demand, as published in 2026. They change: a figure made of
 * them is an estimate, the counts that it is made of are measured.
 */
export const prices = {
  sqsPerMillionRequests: 0.4,
  lambdaPerMillionRequests: 0.2,
  /** arm64. */
  lambdaPerGbSecond: 0.0000133334,
  auroraPerAcuHour: 0.12,
  /** Aurora Standard. */
  auroraPerMillionIos: 0.2,
  logsPerGb: 0.5,
  /** EFS, elastic throughput. */
  efsReadPerGb: 0.03,
  efsWritePerGb: 0.06,
  schedulerPerMillionInvocations: 1,
  /** Of a month. */
  alarm: 0.1,
  dashboard: 3,
  secret: 0.4,
  ownMetric: 0.3,
  /** An interface endpoint in one zone, an hour. */
  endpointPerHour: 0.01,
} as const;

export const limits = {
  /** Elastic throughput, a file system in one region; may be raised. */
  efsWritesPerSecond: 50_000,
  /** The largest Aurora Serverless v2. */
  maxAcus: 256,
  /** Concurrent executions of an account; may be raised. */
  lambdaConcurrency: 1_000,
  /** A Postgres of that size takes this many; each function instance holds `connectionsPerInstance`. */
  connections: 5_000,
  /** Batches that are claimed for one Jr at a time, while it has plenty of room (`jr_room_for`). */
  claimsAtOnce: 4,
} as const;

/** What is taken to be so where nobody publishes it. */
export const assumptions = {
  /** A db.r6g.large has 2 vCPUs and the memory of 8 ACUs. */
  vcpusPerAcu: 0.25,
  /** Beyond this share of CPU in use the waits grow. */
  cpuInUse: 0.7,
  /** Aurora counts writes to its log in units of 4 KB; commits come one by one. */
  bytesPerIo: 4096,
  /** Pool of a function instance (shared/compose.ts). */
  connectionsPerInstance: 2,
  /** A round trip to the ledger, and a look and a change on EFS, as AWS puts its latency. */
  msPerStatement: 1.5,
  msPerEfsRead: 1,
  msPerEfsWrite: 2.7,
  /** EFS counts a call as so much at the least; what a task writes is less. */
  efsKbPerCall: 4,
  /** By which Lambda waits for messages of a queue that is empty, each for 20 seconds. */
  pollersPerQueue: 5,
  /** Aurora Serverless v2 has no less while it is awake. */
  leastAcus: 0.5,
  hoursOfMonth: 730,
} as const;
