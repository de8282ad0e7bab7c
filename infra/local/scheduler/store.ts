import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { type Schedule, storedSchedule } from './schedule.ts';

export interface Group {
  readonly name: string;
  /** Epoch seconds. */
  readonly created: number;
}

/** One firing that still has to reach its target. */
export interface Delivery {
  readonly id: string;
  readonly schedule: Schedule;
  /** When it was due, and when it was first tried: epoch milliseconds. */
  readonly scheduledTime: number;
  readonly firedAt: number;
  readonly attempt: number;
  readonly nextAt: number;
}

const delivery = z.object({
  id: z.string(),
  schedule: storedSchedule,
  scheduledTime: z.number(),
  firedAt: z.number(),
  attempt: z.number(),
  nextAt: z.number(),
});

const row = z.object({ content: z.string(), next_at: z.number().nullable() });

/** Schedules, groups and undelivered firings on disk. Each call is durable when it returns. */
export class ScheduleStore {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#db = new DatabaseSync(file);
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS groups (name TEXT PRIMARY KEY, created REAL NOT NULL);
      CREATE TABLE IF NOT EXISTS schedules (
        group_name TEXT NOT NULL REFERENCES groups (name), name TEXT NOT NULL,
        content TEXT NOT NULL, next_at REAL, PRIMARY KEY (group_name, name));
      CREATE INDEX IF NOT EXISTS schedules_due ON schedules (next_at) WHERE next_at IS NOT NULL;
      CREATE TABLE IF NOT EXISTS deliveries (id TEXT PRIMARY KEY, content TEXT NOT NULL, next_at REAL NOT NULL);
      INSERT OR IGNORE INTO groups VALUES ('default', ${Date.now() / 1_000});
    `);
  }

  /** Does all of the work or none of it. */
  atomically(work: () => void): void {
    this.#db.exec('BEGIN');
    try {
      work();
      this.#db.exec('COMMIT');
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  groups(): Group[] {
    return z
      .array(z.object({ name: z.string(), created: z.number() }))
      .parse(this.#db.prepare('SELECT name, created FROM groups ORDER BY name').all());
  }

  putGroup({ name, created }: Group): void {
    this.#db.prepare('INSERT INTO groups VALUES (?, ?)').run(name, created);
  }

  deleteGroup(name: string): void {
    this.atomically(() => {
      this.#db.prepare('DELETE FROM schedules WHERE group_name = ?').run(name);
      this.#db.prepare('DELETE FROM groups WHERE name = ?').run(name);
    });
  }

  schedule(group: string, name: string): Schedule | null {
    const found = this.#db
      .prepare('SELECT content, next_at FROM schedules WHERE group_name = ? AND name = ?')
      .get(group, name);
    return found === undefined ? null : parseSchedule(found);
  }

  schedules(): Schedule[] {
    return this.#db
      .prepare('SELECT content, next_at FROM schedules ORDER BY group_name, name')
      .all()
      .map(parseSchedule);
  }

  /** Schedules that are due at an instant, each with the time it was due at. */
  dueSchedules(now: number): { schedule: Schedule; dueAt: number }[] {
    return this.#db
      .prepare('SELECT content, next_at FROM schedules WHERE next_at <= ? ORDER BY next_at')
      .all(now)
      .map(found => ({ schedule: parseSchedule(found), dueAt: row.parse(found).next_at ?? now }));
  }

  /** Saves the schedule with the time it is due next; null: never. */
  putSchedule(schedule: Schedule, nextAt: number | null): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO schedules VALUES (?, ?, ?, ?)')
      .run(schedule.GroupName, schedule.Name, JSON.stringify(schedule), nextAt);
  }

  deleteSchedule(group: string, name: string): void {
    this.#db.prepare('DELETE FROM schedules WHERE group_name = ? AND name = ?').run(group, name);
  }

  dueDeliveries(now: number): Delivery[] {
    return this.#db
      .prepare('SELECT content, next_at FROM deliveries WHERE next_at <= ? ORDER BY next_at')
      .all(now)
      .map(found => delivery.parse(JSON.parse(row.parse(found).content)));
  }

  putDelivery(made: Delivery): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO deliveries VALUES (?, ?, ?)')
      .run(made.id, JSON.stringify(made), made.nextAt);
  }

  deleteDelivery(id: string): void {
    this.#db.prepare('DELETE FROM deliveries WHERE id = ?').run(id);
  }

  /** When something is due next; null: never. */
  nextAt(): number | null {
    const found = this.#db
      .prepare(
        'SELECT min(next_at) AS next_at FROM (SELECT next_at FROM schedules UNION ALL SELECT next_at FROM deliveries)',
      )
      .get();
    return z.object({ next_at: z.number().nullable() }).parse(found).next_at;
  }

  close(): void {
    this.#db.close();
  }
}

function parseSchedule(found: unknown): Schedule {
  return storedSchedule.parse(JSON.parse(row.parse(found).content));
}
