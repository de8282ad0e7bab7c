import {
  paginateListSchedules,
  SchedulerClient,
  type SchedulerClientConfig,
} from '@aws-sdk/client-scheduler';
import type { Surroundings } from '../../ports/surroundings.ts';

/** Lists the schedules of a group, all pages of it. */
export function listSchedules(config: SchedulerClientConfig): Surroundings['schedules'] {
  const client = new SchedulerClient(config);
  return async group => {
    const found: { name: string; enabled: boolean }[] = [];
    for await (const { Schedules = [] } of paginateListSchedules({ client }, { GroupName: group })) {
      found.push(...Schedules.map(({ Name = '', State }) => ({ name: Name, enabled: State === 'ENABLED' })));
    }
    return found;
  };
}
