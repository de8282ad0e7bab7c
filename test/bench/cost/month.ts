import { template } from '../../../infra/cloud/template.ts';
import { settingsOf } from '../../support/stage/ways.ts';
import type { CountedCalls } from './calls.ts';
import type { Spent } from './estimate.ts';
import { assumptions, prices } from './prices.ts';

const { hoursOfMonth } = assumptions;
const million = 1_000_000;

/** How often a rate of infra/functions.json fires in a month. */
function firesOf(expression: string): number {
  const [, n = '', unit] = /^rate\((\d+) (minute|hour)s?\)$/.exec(expression) ?? [];
  if (unit === undefined) throw new Error(`It is not counted how often ${expression} fires.`);
  return (hoursOfMonth * (unit === 'minute' ? 60 : 1)) / Number(n);
}

/**
 * What a stage costs while nothing is to be done, by what its template has and its sweeps call.
 * @param ownMetrics how many metrics the functions publish
 */
export function idleMonth({ sweeps }: Pick<CountedCalls, 'sweeps'>, ownMetrics: number): Spent[] {
  const settings = settingsOf('prod', { database: 'managed' });
  const { Resources } = template(settings).resources;
  const count = (type: string) => Object.values(Resources).filter(({ Type }) => Type === type).length;
  const swept = Object.entries(sweeps).map(([name, calls]) => {
    const spec = settings.functions[name];
    const fires = (spec?.schedules ?? []).reduce((sum, { expression }) => sum + firesOf(expression), 0);
    const seconds = (calls.statements * assumptions.msPerStatement) / 1000;
    return { fires, gbSeconds: fires * seconds * ((spec?.memory_mb ?? 0) / 1024), calls };
  });
  const sum = (of: (one: (typeof swept)[number]) => number) =>
    swept.reduce((total, one) => total + of(one), 0);
  const fires = sum(one => one.fires);
  const sources = Object.values(settings.functions).flatMap(({ sqs = [] }) => sqs).length;
  const polls = (sources * assumptions.pollersPerQueue * hoursOfMonth * 3600) / 20;
  const sends = sum(one => one.fires * one.calls.sends);
  const endpoints = count('AWS::EC2::VPCEndpoint');
  const zones = count('AWS::EC2::Subnet');
  const whole = (n: number) => Math.round(n).toLocaleString('en-US');
  return [
    {
      on: 'sweeps',
      dollars:
        (fires / million) * (prices.lambdaPerMillionRequests + prices.schedulerPerMillionInvocations) +
        sum(one => one.gbSeconds) * prices.lambdaPerGbSecond,
      from: `${whole(fires)} schedules that fire, each a function of ${swept.map(({ calls }) => calls.statements).join(', ')} statements`,
    },
    {
      on: 'queues',
      dollars: ((polls + sends) / million) * prices.sqsPerMillionRequests,
      from: `${whole(polls)} receives of the ${sources} event sources, ${whole(sends)} sends of pings`,
    },
    {
      on: 'logs of the sweeps',
      dollars: (sum(one => one.fires * one.calls.logBytes) / 1e9) * prices.logsPerGb,
      from: `${whole(sum(one => one.fires * one.calls.logBytes) / 1e6)} MB`,
    },
    {
      on: 'alarms, a dashboard, a secret',
      dollars: count('AWS::CloudWatch::Alarm') * prices.alarm + prices.dashboard + prices.secret,
      from: `${count('AWS::CloudWatch::Alarm')} alarms, one, one`,
    },
    { on: 'metrics of its own', dollars: ownMetrics * prices.ownMetric, from: `${ownMetrics} metrics` },
    {
      on: 'managed: interface endpoints',
      dollars: endpoints * zones * hoursOfMonth * prices.endpointPerHour,
      from: `${endpoints} in ${zones} zones`,
    },
    {
      on: 'managed: Aurora',
      dollars: assumptions.leastAcus * hoursOfMonth * prices.auroraPerAcuHour,
      from: `${assumptions.leastAcus} capacity units, as the sweeps come every minute`,
    },
  ];
}
