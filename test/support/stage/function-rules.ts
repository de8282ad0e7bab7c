import assert from 'node:assert/strict';
import { attribute, ref } from '../../../infra/cloud/cloudformation.ts';
import { functionId } from '../../../infra/cloud/names.ts';
import { queueId } from '../../../infra/cloud/queues.ts';
import { roleId } from '../../../infra/cloud/roles.ts';
import { accessPointArn } from '../../../infra/cloud/workspace.ts';
import { idsIn, type Made, ofType, properties, type Rules, resource } from './made.ts';

const each = (made: Made) => Object.entries(made.settings.functions);
const lambda = (made: Made, name: string) =>
  properties(made, functionId(name, 'LambdaFunction'), 'AWS::Lambda::Function');

/** What the deploy tool makes of the functions: only in what it hands to CloudFormation. */
export const functionRules: Rules = {
  'every function runs on arm64 and Node 24, with its own memory, time limit and role, inside the network':
    made => {
      for (const [name, spec] of each(made)) {
        const { Code, Environment, VpcConfig, FileSystemConfigs, Tags, Layers, ...rest } = lambda(made, name);
        assert.deepEqual(rest, {
          FunctionName: `${made.settings.prefix}-${name}`,
          Handler: 'index.handler',
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          MemorySize: spec.memory_mb,
          Timeout: spec.timeout_seconds,
          Role: { 'Fn::Sub': `\${${roleId(name)}.Arn}` },
        });
        assert.match(JSON.stringify(Code), new RegExp(`"S3Key":"[^"]*/${name}\\.zip"`));
        const managed = made.settings.database === 'managed';
        assert.deepEqual(VpcConfig, {
          SecurityGroupIds: managed ? [ref('FunctionsSecurityGroup')] : made.settings.security_group_ids,
          SubnetIds: managed ? [ref('SubnetA'), ref('SubnetB')] : made.settings.subnet_ids,
        });
        assert.ok(spec.memory_mb >= 256, `${name}: less memory is less CPU, and a slow cold start`);
      }
      assert.equal(ofType(made, 'AWS::Lambda::Function').length, each(made).length);
    },

  'no secret is in the environment, only where it is; certificates of RDS are known': made => {
    for (const [name] of each(made)) {
      const { Environment } = lambda(made, name);
      assert.ok(typeof Environment === 'object' && Environment !== null && 'Variables' in Environment);
      const text = JSON.stringify(Environment);
      assert.doesNotMatch(text, /password|DATABASE_URL|resolve:secretsmanager/i, name);
      assert.match(text, /"NODE_EXTRA_CA_CERTS":"\/var\/runtime\/ca-cert.pem"/);
      const { database, database_iam_user, database_secret_arn } = made.settings;
      const managed = database === 'managed';
      assert.equal(/"DATABASE_IAM_USER"/.test(text), managed || database_iam_user !== '');
      // Where the functions have a login of their own, nobody but who makes the tables knows where the owner's is.
      const owners = managed || database_iam_user !== '' ? name === 'migrate' : true;
      assert.equal(
        /"DATABASE_SECRET_ARN"/.test(text),
        owners && (managed || database_secret_arn !== ''),
        name,
      );
    }
  },

  'what works on the workspace has it mounted through the access point, once it can be reached; the others have not':
    made => {
      const targets = ofType(made, 'AWS::EFS::MountTarget').map(([id]) => id);
      for (const [name, { workspace }] of each(made)) {
        const { DependsOn = [] } = resource(
          made,
          functionId(name, 'LambdaFunction'),
          'AWS::Lambda::Function',
        );
        assert.deepEqual(
          lambda(made, name)['FileSystemConfigs'],
          workspace === true ? [{ Arn: accessPointArn, LocalMountPath: '/mnt/workspace' }] : undefined,
        );
        // Whoever writes to EFS waits for several files at one time.
        const threads = /"UV_THREADPOOL_SIZE":"16"/.test(JSON.stringify(lambda(made, name)['Environment']));
        assert.equal(threads, workspace === true, name);
        const waits = targets.filter(id => DependsOn.includes(id));
        assert.deepEqual(waits, workspace === true ? targets : [], name);
        assert.ok(
          DependsOn.includes(functionId(name, 'LogGroup')),
          'or Lambda makes the group, and keeps logs for ever',
        );
      }
    },

  'logs are kept as long as was asked for': made => {
    for (const [name] of each(made))
      assert.deepEqual(properties(made, functionId(name, 'LogGroup'), 'AWS::Logs::LogGroup'), {
        LogGroupName: `/aws/lambda/${made.settings.prefix}-${name}`,
        RetentionInDays: made.settings.log_retention_days,
      });
    assert.ok(
      ofType(made, 'AWS::Logs::LogGroup').every(([, { Properties }]) => Properties?.['RetentionInDays']),
    );
  },

  'each declared queue is the event source of its function: its batch, its limit, and failures one by one':
    made => {
      const sources = ofType(made, 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => Properties);
      const declared = each(made).flatMap(([name, { sqs = [] }]) =>
        sqs.map(source => ({
          EventSourceArn: attribute(queueId(source.queue), 'Arn'),
          FunctionName: attribute(functionId(name, 'LambdaFunction'), 'Arn'),
          BatchSize: source.batch_size,
          Enabled: true,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ScalingConfig: { MaximumConcurrency: source.maximum_concurrency },
        })),
      );
      assert.deepEqual(sources, declared);
      for (const { EventSourceArn, FunctionName, ScalingConfig } of declared) {
        for (const id of [...idsIn(EventSourceArn), ...idsIn(FunctionName)])
          assert.ok(id in made.resources, id);
        assert.ok((ScalingConfig.MaximumConcurrency ?? 0) >= 2, 'AWS takes no less');
      }
    },

  'a sweep that fails is not tried again by Lambda: the next one comes by itself': made => {
    for (const [name, { schedules = [] }] of each(made)) {
      const found = ofType(made, 'AWS::Lambda::EventInvokeConfig').filter(([, { Properties }]) =>
        idsIn(Properties?.['FunctionName']).includes(functionId(name, 'LambdaFunction')),
      );
      assert.equal(found.length, schedules.length > 0 ? 1 : 0, name);
      for (const [, { Properties }] of found)
        assert.partialDeepStrictEqual(Properties, {
          Qualifier: '$LATEST',
          MaximumEventAgeInSeconds: 60,
          MaximumRetryAttempts: 0,
        });
    }
  },

  'packages lie encrypted in a bucket that takes TLS only': made => {
    assert.match(
      JSON.stringify(properties(made, 'ServerlessDeploymentBucket', 'AWS::S3::Bucket')),
      /"AES256"/,
    );
    const policy = properties(made, 'ServerlessDeploymentBucketPolicy', 'AWS::S3::BucketPolicy');
    assert.deepEqual(policy['Bucket'], ref('ServerlessDeploymentBucket'));
    assert.match(JSON.stringify(policy), /"Effect":"Deny".*"aws:SecureTransport":false/);
  },
};
