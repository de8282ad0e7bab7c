import { access, constants, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { checkout } from '../../infra/local/checkout.ts';
import { errorCode, orIfAbsent } from '../../infra/local/errors.ts';
import { declaredFunctions, declaredLadder } from '../../infra/local/manifest.ts';
import { declaredOf } from '../../infra/local/scheduler/declared.ts';
import type { composeDoctor } from '../../shared/compose-doctor.ts';
import { saidOnce } from '../failures.ts';
import { probeFunction } from '../invoke-function.ts';
import type { Target } from '../target.ts';
import type { Facts, Seen, WorkspaceState } from './facts.ts';

const leftoverMs = 3_600_000;

/** Looks at everything at once; what cannot be seen is a fact too. Changes nothing. */
export async function look(
  target: Target,
  { ledgerCheck, dlq, jrs, claims, surroundings }: ReturnType<typeof composeDoctor>,
  now: Date,
): Promise<Facts> {
  const { local } = target;
  const queues = declaredLadder.levels.map(async ({ queue }) => ({
    name: queue,
    depth: await see(() => surroundings.queueDepth(target.queues[queue] ?? '')),
  }));
  const functions = Object.entries(declaredFunctions).map(async ([name, { sqs }]) => ({
    name,
    answer: await see(() => probeFunction(target, name, sqs !== undefined)),
  }));
  const [ledger, migrations, disagreements, entries, workers, switched, schedules, workspace] =
    await Promise.all([
      see(() => ledgerCheck.state(now)),
      see(() => ledgerCheck.pendingMigrations(join(checkout, 'migrations'))),
      see(() => ledgerCheck.disagreements(now)),
      see(() => dlq.summary()),
      see(() => jrs.list()),
      see(() => claims.read()),
      see(() => surroundings.schedules(target.schedules.group)),
      local === null ? null : see(() => lookAtWorkspace(local.workspace, now)),
    ]);
  return {
    now,
    ledger,
    migrations,
    disagreements,
    entries,
    jrs: workers,
    claims: switched,
    queues: await Promise.all(queues),
    schedules,
    declaredSchedules: declaredOf(declaredFunctions).map(({ key }) => target.schedules.nameOf(key)),
    functions: await Promise.all(functions),
    workspace,
  };
}

async function see<T>(work: () => Promise<T>): Promise<Seen<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { failure: saidOnce(sentence(error)) };
  }
}

/** fetch and the SDK hide why behind a cause. */
function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (error instanceof AggregateError && error.message === '') return error.errors.map(sentence).join(', ');
  return error.message === 'fetch failed' && cause instanceof Error ? sentence(cause) : error.message;
}

async function lookAtWorkspace(folder: string, now: Date): Promise<WorkspaceState> {
  const stats = await stat(folder).catch(orIfAbsent(null));
  if (stats === null) return { folder, refusal: 'ENOENT', free_bytes: 0, leftovers: [] };
  if (!stats.isDirectory()) throw new Error(`${folder} is no folder.`);
  const refusal = await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => null,
    error => errorCode(error) ?? 'EACCES',
  );
  const { bavail, bsize } = await statfs(folder);
  return { folder, refusal, free_bytes: bavail * bsize, leftovers: await leftovers(folder, now) };
}

/** What is staged below the workspace for longer than any attempt takes. */
async function leftovers(folder: string, now: Date): Promise<string[]> {
  const staging = join(folder, '.jr-work');
  const entries = await readdir(staging, { recursive: true, withFileTypes: true }).catch(orIfAbsent([]));
  const ages = await Promise.all(
    entries
      .filter(entry => !entry.isDirectory())
      .map(async ({ parentPath, name }) => {
        // An original that is kept is as old as it was: its link is not.
        const { ctimeMs } = await stat(join(parentPath, name)).catch(orIfAbsent({ ctimeMs: now.getTime() }));
        return { name, old: now.getTime() - ctimeMs > leftoverMs };
      }),
  );
  // What belongs to one write begins with its name.
  return [...new Set(ages.flatMap(({ name, old }) => (old ? [name.split('.', 1).join('')] : [])))];
}
