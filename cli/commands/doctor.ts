import { findStack } from '../../infra/local/control.ts';
import { composeDoctor } from '../../shared/compose.ts';
import { findings } from '../doctor/findings.ts';
import { look } from '../doctor/look.ts';
import { describeFindings } from '../doctor/text.ts';
import { exitCodes, UsageError } from '../failures.ts';

/** `jr doctor`: the checklist after an outage. Exit code 1 when something needs a person. */
export async function doctor({ json }: { readonly json?: boolean }): Promise<number> {
  const info = await findStack();
  if (info === null) {
    throw new UsageError(
      'The local stack is not running, so there is nothing to look at: start it with "npx jr up", then run "npx jr doctor" again.',
    );
  }
  const seen = composeDoctor({
    databaseUrl: info.database_url,
    sqsEndpoint: info.sqs_endpoint,
    schedulerEndpoint: info.scheduler_endpoint,
  });
  try {
    const checks = findings(await look(info, seen, new Date()), seen.liveness);
    const ok = checks.every(({ state }) => state !== 'bad');
    process.stdout.write(`${json ? JSON.stringify({ ok, checks }) : describeFindings(checks)}\n`);
    return ok ? exitCodes.done : exitCodes.failed;
  } finally {
    await seen.close();
  }
}
