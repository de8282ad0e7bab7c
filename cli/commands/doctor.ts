import { composeDoctor } from '../../shared/compose-doctor.ts';
import { findings } from '../doctor/findings.ts';
import { look } from '../doctor/look.ts';
import { onStage } from '../doctor/on-stage.ts';
import { describeFindings } from '../doctor/text.ts';
import { exitCodes } from '../failures.ts';
import { findTarget } from '../find-target.ts';
import { print } from '../print.ts';

/** `jr doctor`: the checklist after an outage. Exit code 1 when something needs a person. */
export async function doctor({ json }: { readonly json?: boolean }): Promise<number> {
  const target = await findTarget();
  const { ledger, local, stage } = target;
  const seen = composeDoctor({
    ledger,
    ...(local === null
      ? {}
      : { local: { sqsEndpoint: local.sqs_endpoint, schedulerEndpoint: local.scheduler_endpoint } }),
  });
  try {
    const found = findings(await look(target, seen, new Date()), seen.liveness);
    const checks = stage === null ? found : onStage(stage, found);
    const ok = checks.every(({ state }) => state !== 'bad');
    print(`${json ? JSON.stringify({ ok, checks }) : describeFindings(checks)}\n`);
    return ok ? exitCodes.done : exitCodes.failed;
  } finally {
    await seen.close();
  }
}
