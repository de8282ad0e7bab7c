import { chown, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StackError } from '../errors.ts';
import { type Account, runAs } from './account.ts';
import type { Binaries } from './binaries.ts';
import { hasCluster, type ServerHome } from './home.ts';

const DRAFT = /^draft-(\d+)$/;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes the cluster once. It is made under a name of its own and renamed when complete, so that what a killed
 * process leaves behind is never taken for a database.
 */
export async function ensureCluster(
  home: ServerHome,
  binaries: Binaries,
  account: Account | null,
  durable: boolean,
): Promise<void> {
  for (const name of await readdir(home.folder)) {
    const pid = DRAFT.exec(name)?.[1];
    if (pid !== undefined && (Number(pid) === process.pid || !isAlive(Number(pid)))) {
      await rm(join(home.folder, name), { recursive: true, force: true });
      await rm(join(home.folder, `${name}.password`), { force: true });
    }
  }
  if (await hasCluster(home.folder)) return;

  const draft = join(home.folder, `draft-${process.pid}`);
  const passwordFile = `${draft}.password`;
  await writeFile(passwordFile, home.password, { mode: 0o600 });
  if (account !== null) await chown(passwordFile, account.uid, account.gid);
  const { code, output } = await runAs(account, binaries.initdb, [
    ...['-D', draft, '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--auth=scram-sha-256'],
    `--pwfile=${passwordFile}`,
    ...(durable ? [] : ['--no-sync']),
  ]);
  await rm(passwordFile, { force: true });
  if (code !== 0) {
    await rm(draft, { recursive: true, force: true });
    throw new StackError(`The local database could not be made in ${home.folder}: ${lastLines(output)}`);
  }
  await rename(draft, home.dataDir).catch(async error => {
    await rm(draft, { recursive: true, force: true });
    if (!(await hasCluster(home.folder))) throw error; // else another process was first, which is as good
  });
}

/**
 * Settings of the server. Without `durable` a crash of the machine may lose data, a kill -9 of the server still
 * may not: what it wrote is with the system, so synchronous_commit stays on.
 */
function settings(port: number, durable: boolean): string {
  const names = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 200,
    shared_buffers: '64MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    jit: 'off',
    ...(durable
      ? {}
      : {
          fsync: 'off',
          full_page_writes: 'off',
          wal_level: 'minimal',
          max_wal_senders: 0,
        }),
  };
  return Object.entries(names)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

/** Starts the server as a process of its own; answers what went wrong, or null when it is up. */
export async function pgCtlStart(
  home: ServerHome,
  binaries: Binaries,
  account: Account | null,
  port: number,
  durable: boolean,
): Promise<string | null> {
  const { code, output } = await runAs(account, binaries.pgCtl, [
    ...['start', '-D', home.dataDir, '-l', home.logFile, '-w', '-t', '60'],
    ...['-o', settings(port, durable)],
  ]);
  if (code === 0) return null;
  const log = await readFile(home.logFile, 'utf8').catch(() => '');
  return lastLines(`${output}\n${log}`);
}

/** Stops the server after its running statements; one that is not running is as good as stopped. */
export async function pgCtlStop(
  dataDir: string,
  binaries: Binaries,
  account: Account | null,
  mode: 'fast' | 'immediate' = 'fast',
): Promise<void> {
  const { code, output } = await runAs(account, binaries.pgCtl, ['stop', '-D', dataDir, '-m', mode, '-w']);
  if (code !== 0 && !/PID file .* does not exist|No such process|Is server running/.test(output)) {
    throw new StackError(`The local database did not stop: ${lastLines(output)}`);
  }
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-12).join('\n');
}
