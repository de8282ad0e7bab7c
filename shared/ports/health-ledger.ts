/** The ledger as the health sweep looks after it. Every method takes a bounded batch and skips what others hold. */
export interface HealthLedger {
  /** Tasks whose lease has run out, the longest ago first; none while claims are paused (invariant 12). */
  expiredLeases(now: Date, limit: number): Promise<readonly number[]>;
}
