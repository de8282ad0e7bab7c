import type { Resources, Value } from './cloudformation.ts';
import { functionName } from './names.ts';
import { queueName } from './queues.ts';
import type { Settings } from './settings.ts';

/** Title, metrics, and what of them. */
type Chart = [string, Value[], 'Sum' | 'Maximum' | 'Average' | 'p99'];

/**
 * One page: what becomes of tasks and how long they take, what waits at each level, what the functions do, and what the
 * ledger's database carries.
 */
export function dashboard({ prefix, functions, ladder, database }: Settings): Resources {
  const queues = ladder.levels.map(({ queue }) => queueName(prefix, queue));
  const names = Object.keys(functions).map(name => functionName(prefix, name));
  const ofQueues = (metric: string) => queues.map(name => ['AWS/SQS', metric, 'QueueName', name]);
  const ofFunctions = (metric: string) => names.map(name => ['AWS/Lambda', metric, 'FunctionName', name]);
  const own = (...metrics: string[]) => metrics.map(metric => [prefix, metric]);
  const levels = ladder.levels.map(({ level }) => `OpenEntriesLevel${level}`);
  const charts: Chart[] = [
    ['Tasks by outcome', own('TasksCompleted', 'TasksRetried', 'TasksRaised', 'TasksInterrupted'), 'Sum'],
    ['Milliseconds before a task is begun, 99 of 100', own('QueueDelay'), 'p99'],
    ['Milliseconds of work a task, 99 of 100', own('TaskDuration'), 'p99'],
    ['Open entries, by level of the ladder', own(...levels), 'Maximum'],
    ['Success and open entries, percent', own('SuccessRate', 'OpenEntryRatio'), 'Maximum'],
    ['Messages that wait, by queue', ofQueues('ApproximateNumberOfMessagesVisible'), 'Maximum'],
    ['Oldest message in seconds, by queue', ofQueues('ApproximateAgeOfOldestMessage'), 'Maximum'],
    ['Invocations', ofFunctions('Invocations'), 'Sum'],
    ['Errors', ofFunctions('Errors'), 'Sum'],
    ['Duration in ms', ofFunctions('Duration'), 'Maximum'],
    ['Instances at once', ofFunctions('ConcurrentExecutions'), 'Maximum'],
    ...(database === 'managed' ? ledgerCharts(prefix) : []),
  ];
  const body = {
    widgets: charts.map(([title, metrics, stat], index) => ({
      type: 'metric',
      x: (index % 2) * 12,
      y: Math.floor(index / 2) * 6,
      width: 12,
      height: 6,
      properties: { title, metrics, stat, period: 60, view: 'timeSeries', region: `\${AWS::Region}` },
    })),
  };
  return {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: { DashboardName: prefix, DashboardBody: { 'Fn::Sub': JSON.stringify(body) } },
    },
  };
}

function ledgerCharts(prefix: string): Chart[] {
  const ofCluster = (metric: string) => [['AWS/RDS', metric, 'DBClusterIdentifier', prefix]];
  return [
    ['Capacity units of the ledger', ofCluster('ServerlessDatabaseCapacity'), 'Average'],
    ['Connections to the ledger', ofCluster('DatabaseConnections'), 'Maximum'],
  ];
}
