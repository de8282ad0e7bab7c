/** One invocation of a function at a time to come. */
export interface WakeUp {
  /** One wake-up has this name at a time: letters, digits and `-_.`, at most 64. */
  readonly name: string;
  /** By its name in `infra/functions.json`. */
  readonly functionName: 'dlq-retry' | 'health-sweep' | 'drain';
  /** What the function is invoked with. */
  readonly payload: object;
  /** Never earlier; a part of a second is rounded up. */
  readonly at: Date;
}

/**
 * One-time invocations of functions: EventBridge Scheduler. One that is lost or doubled changes timing only
 * (invariant 2), so a sweep has to find what it would have done.
 */
export interface WakeUps {
  /** Sets it, in place of an earlier one of that name. It removes itself once it was delivered. */
  set(wakeUp: WakeUp): Promise<void>;
  /** Takes it away; none is fine. */
  remove(name: string): Promise<void>;
}
