import { attribute, ref, sub, type Value } from './cloudformation.ts';
import type { Database } from './database.ts';
import { functionArn, functionName } from './names.ts';
import type { Network } from './network.ts';
import { queueId } from './queues.ts';
import { roleId } from './roles.ts';
import { groupName } from './schedules.ts';
import type { Settings } from './settings.ts';
import { topicsOf } from './topics.ts';
import { accessPointArn, MOUNT, mountTargets } from './workspace.ts';

/** The zip of a function, relative to the checkout. */
function artifact(name: string): string {
  return `.serverless/${name}.zip`;
}

/**
 * Threads in which Node waits for the disk. Each call to EFS takes milliseconds in which nothing is computed. Over a disk slowed
 * to 2.7 ms a change and 1 ms a look, a batch of ten tasks with three files is written and cleared up in 100 ms instead of the
 * 160 of Node's own four threads; 32 are no faster.
 */
const threadsForEfs = 16;

/** The section `functions` of serverless.yml. */
export function functions(settings: Settings, network: Network, database: Database): Value {
  return Object.fromEntries(
    Object.entries(settings.functions).map(([name, spec]) => {
      const workspace = {
        fileSystemConfig: { localMountPath: MOUNT, arn: accessPointArn },
        dependsOn: mountTargets(network),
      };
      // What comes again by itself within a minute, or from its queue, needs no retries by Lambda.
      const recurring = { maximumRetryAttempts: 0, maximumEventAge: 60 };
      const config: Value = {
        name: functionName(settings.prefix, name),
        handler: 'index.handler',
        timeout: spec.timeout_seconds,
        memorySize: spec.memory_mb,
        // Written so because the deploy tool would make a needless DependsOn of a Fn::GetAtt.
        role: sub(`\${${roleId(name)}.Arn}`),
        package: { artifact: artifact(name) },
        ...(settings.layer_arns.length > 0 ? { layers: settings.layer_arns } : {}),
        vpc: { securityGroupIds: network.securityGroupIds, subnetIds: network.subnetIds },
        ...(spec.workspace === true ? workspace : {}),
        environment: {
          ...(spec.workspace === true ? { UV_THREADPOOL_SIZE: String(threadsForEfs) } : {}),
          ...(name === 'migrate' ? database.owner.variables : {}),
        },
        ...((spec.schedules ?? []).length > 0 ? recurring : {}),
        events: (spec.sqs ?? []).map(source => ({
          sqs: {
            arn: attribute(queueId(source.queue), 'Arn'),
            batchSize: source.batch_size,
            functionResponseType: 'ReportBatchItemFailures',
            ...(source.maximum_concurrency === undefined
              ? {}
              : { maximumConcurrency: source.maximum_concurrency }),
          },
        })),
      };
      return [name, config];
    }),
  );
}

/** What every function finds in its environment: the names that shared/config.ts reads. */
export function environment(settings: Settings, database: Database): Record<string, Value> {
  const { ladder, prefix } = settings;
  const tasks = queueId(ladder.levels[0]?.queue ?? '');
  return {
    ...database.variables,
    TASKS_QUEUE_URL: ref(tasks),
    TASKS_QUEUE_ARN: attribute(tasks, 'Arn'),
    COUNCIL_QUEUE_URL: ref(queueId(ladder.levels.at(-1)?.queue ?? '')),
    ...Object.fromEntries(Object.entries(topicsOf).map(([id, { variable }]) => [variable, ref(id)])),
    SCHEDULER_ROLE_ARN: attribute('OneTimeScheduleRole', 'Arn'),
    SCHEDULE_GROUP: groupName(prefix),
    METRICS_NAMESPACE: prefix,
    FUNCTION_ARN_PREFIX: functionArn(prefix, ''),
    WORKSPACE_DIR: MOUNT,
    WORKSPACE_PREFIXES: settings.workspace_prefixes,
    ...(settings.protected_paths === '' ? {} : { PROTECTED_PATHS: settings.protected_paths }),
    ...(settings.otlp_endpoint === '' ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: settings.otlp_endpoint }),
  };
}
