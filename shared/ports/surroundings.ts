/** What a queue holds, about: SQS counts it so. */
export interface QueueDepth {
  /** To be received. */
  readonly visible: number;
  /** Being worked on. */
  readonly in_flight: number;
  /** Not to be received yet. */
  readonly delayed: number;
}

/** What lies around the ledger, as `jr doctor` looks at it. */
export interface Surroundings {
  /** @throws {JrError} QUEUE_UNAVAILABLE */
  queueDepth(queueUrl: string): Promise<QueueDepth>;
  /** The schedules of a group, by name. @throws when the Scheduler does not answer or knows no such group */
  schedules(group: string): Promise<readonly { readonly name: string; readonly enabled: boolean }[]>;
}
