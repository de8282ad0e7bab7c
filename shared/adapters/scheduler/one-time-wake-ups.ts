import type { WakeUps } from '../../ports/wake-ups.ts';
import { type OneTimeOptions, oneTimeSchedules } from './one-time-schedules.ts';

interface WakeUpOptions extends OneTimeOptions {
  /** What comes before a function's name in its ARN. */
  readonly functionArnPrefix: string;
}

/** One schedule a wake-up, with its name. */
export function schedulerWakeUps({ functionArnPrefix, ...options }: WakeUpOptions): WakeUps {
  const schedules = oneTimeSchedules(options);
  return {
    set: ({ name, functionName, payload, at }) =>
      schedules.put(name, at, { arn: `${functionArnPrefix}${functionName}`, input: payload }),
    remove: name => schedules.remove(name),
  };
}
