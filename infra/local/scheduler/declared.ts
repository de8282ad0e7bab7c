import { functionArn } from '../lambda/host.ts';
import type { FunctionSpecs } from '../manifest.ts';
import { ACCOUNT } from '../sqs/queues.ts';
import { DECLARED_GROUP } from './declared-group.ts';

/**
 * Brings the recurring schedules of the functions up to date, as a deployment does: new and changed ones are put,
 * those that are no longer declared removed, the others go on where they were.
 */
export async function declareSchedules(endpoint: string, functions: FunctionSpecs): Promise<void> {
  const call = async (method: string, path: string, body?: object) => {
    const response = await fetch(`${endpoint}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok && ![404, 409].includes(response.status))
      throw new Error(`The Scheduler refused: ${text}`);
    return { status: response.status, text };
  };
  const declared = declaredOf(functions);
  await call('POST', `/schedule-groups/${DECLARED_GROUP}`, {});
  const { text } = await call('GET', `/schedules?ScheduleGroup=${DECLARED_GROUP}`);
  const { Schedules } = JSON.parse(text) as { Schedules: { Name: string }[] }; // the answer of our own endpoint
  for (const { Name } of Schedules.filter(existing => declared.every(({ key }) => key !== existing.Name))) {
    await call('DELETE', `/schedules/${Name}?groupName=${DECLARED_GROUP}`);
  }
  for (const { key, name, expression, input } of declared) {
    const wanted = {
      GroupName: DECLARED_GROUP,
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: functionArn(name),
        RoleArn: `arn:aws:iam::${ACCOUNT}:role/local`,
        ...(input === undefined ? {} : { Input: JSON.stringify(input) }),
      },
    };
    const { status, text: found } = await call('GET', `/schedules/${key}?groupName=${DECLARED_GROUP}`);
    if (status === 404) await call('POST', `/schedules/${key}`, wanted);
    else if (!holds(JSON.parse(found), wanted)) await call('PUT', `/schedules/${key}`, wanted);
  }
}

/** The schedules of the functions, each with the name that it has in the group. */
export function declaredOf(functions: FunctionSpecs) {
  return Object.entries(functions).flatMap(([name, spec]) =>
    (spec.schedules ?? []).map((schedule, index) => ({ key: `${name}-${index + 1}`, name, ...schedule })),
  );
}

/** True when the existing schedule has all that is wanted; putting it again would start its rate anew. */
function holds(existing: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return existing === wanted;
  if (typeof existing !== 'object' || existing === null) return false;
  const has = existing as Readonly<Record<string, unknown>>; // an object, as just seen
  return Object.entries(wanted).every(([key, value]) => holds(has[key], value));
}
