import type { BreakerState } from '../domain/liveness.ts';

/** A Jr as people and programs see it: the columns of `jr_status` and its tasks, times as ISO 8601. */
export interface JrView {
  readonly jr_name: string;
  readonly jr_role: string | null;
  readonly specialties: readonly string[];
  readonly in_service: boolean;
  readonly is_online: boolean;
  readonly last_seen: string | null;
  /** Its tasks that run, and how many may. */
  readonly running: number;
  readonly max_concurrent: number;
  /** Its tasks that wait. */
  readonly waiting: number;
  readonly breaker_state: BreakerState;
  readonly breaker_failures: number;
  readonly breaker_next_try_at: string | null;
  readonly restart_count: number;
  readonly last_restart_at: string | null;
}

/** What may be said of a Jr; null where nothing is said. */
export interface JrSettings {
  readonly role: string | null;
  readonly specialties: readonly string[] | null;
  readonly capacity: number | null;
}

/** The Jrs as people look after them, for the command line. */
export interface JrRegistry {
  /** By name. */
  list(): Promise<readonly JrView[]>;
  /** Registers a Jr; false when there is one of that name. */
  add(name: string, settings: JrSettings): Promise<boolean>;
  /** Changes what is given; false when there is no such Jr. */
  change(name: string, settings: JrSettings): Promise<boolean>;
  /** Takes a Jr out of service, or back: then without the failures of before. */
  setInService(name: string, inService: boolean): Promise<'changed' | 'already' | 'unknown'>;
  /** Has a Jr tried at once that fell silent, without its failures. The caller pings it. */
  revive(name: string, now: Date): Promise<'tried' | 'not_silent' | 'out_of_service' | 'unknown'>;
}
