import assert from 'node:assert/strict';
import type pg from 'pg';
import { isPlacing } from './hook-files.ts';
import { assertLedgerHolds } from './invariants.ts';
import { expectedOf, sharedFiles, tasksWith, telling } from './scenarios.ts';
import { Turnstile } from './turnstile.ts';
import type { World } from './world.ts';

/** What may begin, or happen, between any two calls of those who have begun. */
export type Command =
  /** Another worker takes what is visible. */
  | { readonly kind: 'deliver' }
  /** The submission of a task is delivered once more. */
  | { readonly kind: 'duplicate'; readonly id: number }
  | { readonly kind: 'sweep' }
  | { readonly kind: 'health' }
  | { readonly kind: 'cancel' | 'requeue' | 'abandon'; readonly id: number }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** Time goes on while everybody is frozen. */
  | { readonly kind: 'freeze'; readonly seconds: number };

/**
 * Runs two submissions and the commands, interleaved as the choices say, until nothing is left to do.
 *
 * @param choices each decides, among those who can take a step and the next command, who goes on
 * @param refused the files that the disk refuses to put into place, by their number
 * @param away the calls to the ledger at which it is away, by their number
 */
export async function interleave(
  world: World,
  commands: readonly Command[],
  choices: readonly number[],
  refused: ReadonlySet<number>,
  away: ReadonlySet<number> = new Set(),
): Promise<void> {
  const { pool } = world.database;
  const turnstile = new Turnstile(pool);
  let placed = 0;
  let asked = 0;
  await world.begin({
    files: sharedFiles,
    turn: turnstile.turn,
    refuses: name => (name.startsWith('sql') ? away.has(asked++) : isPlacing(name) && refused.has(placed++)),
  });
  const bodies = tasksWith(telling).map(text =>
    JSON.stringify({ type: 'task.submit', instruction_content: text }),
  );
  const ids = bodies.map(body => world.queues.send(body));

  let begun = 0;
  let pauses = 0;
  const begin = async (command: Command) => {
    const name = `${command.kind}-${begun++}`;
    world.note('command', { ...command });
    switch (command.kind) {
      case 'deliver':
        return await turnstile.start(name, () => world.deliver(0, name));
      case 'sweep':
        return await turnstile.start(name, () => world.sweep(name));
      case 'health':
        return await turnstile.start(name, () => world.health(name));
      case 'cancel':
      case 'requeue':
      case 'abandon':
        return await turnstile.start(name, () => intervene(world, name, command.kind, command.id));
      case 'duplicate':
        world.queues.send(bodies[command.id - 1] ?? '', 0, ids[command.id - 1]);
        return;
      case 'freeze':
        return await world.freeze(command.seconds * 1000);
      case 'pause':
      case 'resume':
        if (command.kind === 'pause') pauses += 1;
        await pause(world, command.kind === 'pause');
        return;
    }
  };

  const left = [...commands];
  for (let i = 0; left.length > 0 || !turnstile.isIdle; i++) {
    const { parked } = turnstile;
    const candidates = parked.length + (left.length > 0 ? 1 : 0);
    assert.ok(candidates > 0, 'everybody waits for a lock that nobody holds');
    const name = parked[(choices[i] ?? 0) % candidates];
    const command = name === undefined ? left.shift() : undefined;
    if (command !== undefined) {
      await begin(command);
      await assertLedgerHolds(pool);
    } else if (name !== undefined) await turnstile.step(name);
  }

  await pause(world, false);
  // A bell that came while claims were paused is acknowledged. Who waits then is rung by the sweep that fills the
  // dispatch window, and who crashed by the one that takes back leases.
  if (pauses > 0) await ringWaiting(world);
  await world.untilQuiet(() => assertLedgerHolds(pool));
  const { rows } = await pool.query<{ status: string }>('select status from jr_work_queue order by id');
  const statuses = rows.map(({ status }) => status);
  for (const status of statuses) {
    assert.match(status, /^(completed|cancelled)$/, `${statuses}`);
  }
  assertFiles(
    await world.files(),
    statuses.map(status => status === 'completed'),
    await leftAlone(pool),
  );
}

/** Files of cancelled tasks that another task had built upon before they could be put back, as the ledger says. */
async function leftAlone(pool: pg.Pool): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ target_file: string }>(
    `select s.target_file from jr_step_rewards s join jr_work_queue w on w.id = s.task_id
     where w.status = 'cancelled' and s.error_detail like 'FILE_CHANGED:%'`,
  );
  return new Set(rows.map(row => row.target_file));
}

/** All of the tasks that are done and nothing of the others, but for what somebody else has built upon. */
function assertFiles(
  files: ReadonlyMap<string, string>,
  done: readonly boolean[],
  builtUpon: ReadonlySet<string>,
): void {
  const expected = expectedOf(done, telling);
  const both = expectedOf([true, true], telling);
  for (const path of new Set([...files.keys(), ...expected.keys()])) {
    const wanted = [expected.get(path), ...(builtUpon.has(path) ? [both.get(path)] : [])];
    assert.ok(
      wanted.includes(files.get(path)),
      `${path} is ${JSON.stringify(files.get(path))} and should be ${JSON.stringify(wanted)}`,
    );
  }
}

/** What a person does, bell and all. */
async function intervene(
  world: World,
  name: string,
  kind: 'cancel' | 'requeue' | 'abandon',
  taskId: number,
): Promise<void> {
  await world.invoke(name, async ({ deps: { operations, queue, clock } }) => {
    const signature = { by: 'ada', reason: null };
    const now = clock.now();
    const done =
      kind === 'cancel'
        ? await operations.cancelTask(taskId, signature, now)
        : await operations[kind]({ taskId }, signature, now);
    if (done.kind === 'done' && done.ring) await queue.ring([{ taskId, delaySeconds: 0 }]);
  });
}

async function pause(world: World, paused: boolean): Promise<void> {
  await world.database.pool.query(`update jr_control set value = $1 where name = 'claims_paused'`, [
    JSON.stringify(paused),
  ]);
}

async function ringWaiting(world: World): Promise<void> {
  const { rows } = await world.database.pool.query<{ id: number }>(
    `select id from jr_work_queue where status in ('pending', 'assigned', 'in_progress')`,
  );
  for (const { id } of rows) world.queues.send(JSON.stringify({ type: 'task.run', task_id: id }), 120);
}
