import { allow, arnOf, attribute, type Resources, ref, type Value } from './cloudformation.ts';
import { type Network, securityGroup } from './network.ts';
import type { Settings } from './settings.ts';

/** The ledger as the functions see it. */
export interface Database {
  readonly resources: Resources;
  /** What functions find in their environment. */
  readonly variables: Readonly<Record<string, Value>>;
  /** What a function needs to log in. */
  readonly statements: readonly Value[];
  /** The same for `migrate`, which makes the tables and so logs in as their owner where there are two logins. */
  readonly owner: {
    readonly variables: Readonly<Record<string, Value>>;
    readonly statements: readonly Value[];
  };
  /** The secret with a login: the owner's where the functions have one of their own; null: IAM authentication only. */
  readonly secretArn: Value | null;
}

/**
 * The newest that Aurora has. It can pause at capacity 0. AWS raises a stage beyond it by itself and never lowers one: raise
 * it only to the newest again, or stages that are further along refuse the deployment.
 */
const engineVersion = '17.9';
const databaseName = 'jr';
const masterUser = 'jr';
/** What the functions log in as, by IAM: `migrate` makes it, and lets it at the rows of the ledger only. */
const functionsUser = 'jr_functions';

/** The database that was given, or a managed one: Aurora PostgreSQL Serverless v2, which sleeps when nobody asks. */
export function database(settings: Settings, network: Network): Database {
  const managed = settings.database === 'managed';
  const host = managed ? attribute('Database', 'Endpoint.Address') : settings.database_host;
  const iamUser = settings.database_iam_user || (managed ? functionsUser : '');
  const secretArn = managed
    ? attribute('Database', 'MasterUserSecret.SecretArn')
    : settings.database_secret_arn || null;
  const bySecret =
    secretArn === null
      ? null
      : {
          variables: { DATABASE_SECRET_ARN: secretArn },
          statements: [allow(['secretsmanager:GetSecretValue'], secretArn), ...decryptsSecret(settings)],
        };
  const byIam =
    iamUser === ''
      ? null
      : {
          variables: { DATABASE_IAM_USER: iamUser },
          statements: [allow(['rds-db:connect'], databaseUser(settings, iamUser))],
        };
  const login = byIam ?? bySecret;
  const proxied = settings.database_proxy_host !== '';
  const variables: Record<string, Value> = {
    DATABASE_HOST: proxied ? settings.database_proxy_host : host,
    DATABASE_PORT: String(settings.database_port),
    DATABASE_NAME: managed ? databaseName : settings.database_name,
    ...(proxied ? { DATABASE_PROXIED: 'yes' } : {}),
    ...login?.variables,
    // The certificates of RDS, which the runtime has beside it and Node does not load by itself.
    NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
  };
  return {
    resources: managed ? aurora(settings, network) : {},
    variables: Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== '')),
    statements: login?.statements ?? [],
    owner: bySecret ?? { variables: {}, statements: login?.statements ?? [] },
    secretArn,
  };
}

/** A secret under a key of one's own cannot be read without the key; for all else than secrets it stays closed. */
function decryptsSecret({ database_secret_key_arn }: Settings): Value[] {
  if (database_secret_key_arn === '') return [];
  const via = { StringLike: { 'kms:ViaService': 'secretsmanager.*.amazonaws.com' } };
  return [allow(['kms:Decrypt'], database_secret_key_arn, via)];
}

function databaseUser({ database, database_resource_id }: Settings, user: string): Value {
  if (database === 'existing') return arnOf('rds-db', `dbuser:${database_resource_id}/${user}`);
  return {
    'Fn::Sub': [
      `arn:\${AWS::Partition}:rds-db:\${AWS::Region}:\${AWS::AccountId}:dbuser:\${Id}/${user}`,
      { Id: attribute('Database', 'DBClusterResourceId') },
    ],
  };
}

function aurora(settings: Settings, network: Network): Resources {
  const { prefix, keep_data, database_max_capacity, log_retention_days } = settings;
  const policy = keep_data ? 'Snapshot' : 'Delete';
  return {
    DatabaseSubnets: {
      Type: 'AWS::RDS::DBSubnetGroup',
      Properties: {
        DBSubnetGroupDescription: `The ledger of ${prefix}`,
        SubnetIds: network.subnetIds,
      },
    },
    DatabaseSecurityGroup: securityGroup(
      `The ledger of ${prefix}`,
      network.vpcId,
      settings.database_port,
      network.securityGroupIds,
    ),
    DatabaseLogs: {
      Type: 'AWS::Logs::LogGroup',
      Properties: {
        LogGroupName: `/aws/rds/cluster/${prefix}/postgresql`,
        RetentionInDays: log_retention_days,
      },
    },
    DatabaseParameters: {
      Type: 'AWS::RDS::DBClusterParameterGroup',
      Properties: {
        Description: `The ledger of ${prefix}`,
        Family: 'aurora-postgresql17',
        Parameters: { 'rds.force_ssl': '1' },
      },
    },
    Database: {
      Type: 'AWS::RDS::DBCluster',
      DependsOn: ['DatabaseLogs'],
      DeletionPolicy: policy,
      UpdateReplacePolicy: policy,
      Properties: {
        DBClusterIdentifier: prefix,
        Engine: 'aurora-postgresql',
        EngineVersion: engineVersion,
        DBClusterParameterGroupName: ref('DatabaseParameters'),
        DatabaseName: databaseName,
        Port: settings.database_port,
        MasterUsername: masterUser,
        ManageMasterUserPassword: true,
        EnableIAMDatabaseAuthentication: true,
        StorageEncrypted: true,
        BackupRetentionPeriod: keep_data ? 14 : 1,
        CopyTagsToSnapshot: true,
        DeletionProtection: keep_data,
        EnableCloudwatchLogsExports: ['postgresql'],
        DBSubnetGroupName: ref('DatabaseSubnets'),
        VpcSecurityGroupIds: [attribute('DatabaseSecurityGroup', 'GroupId')],
        ServerlessV2ScalingConfiguration: {
          MinCapacity: 0,
          MaxCapacity: database_max_capacity,
          SecondsUntilAutoPause: 300,
        },
      },
    },
    DatabaseWriter: {
      Type: 'AWS::RDS::DBInstance',
      Properties: {
        DBClusterIdentifier: ref('Database'),
        DBInstanceClass: 'db.serverless',
        Engine: 'aurora-postgresql',
        PubliclyAccessible: false,
        AutoMinorVersionUpgrade: true,
      },
    },
  };
}
