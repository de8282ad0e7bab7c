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
  /** The secret with the login; null: IAM authentication. */
  readonly secretArn: Value | null;
}

/** The newest that Aurora has. It can pause at capacity 0. */
const engineVersion = '17.9';
const databaseName = 'jr';
const masterUser = 'jr';

/** The database that was given, or a managed one: Aurora PostgreSQL Serverless v2, which sleeps when nobody asks. */
export function database(settings: Settings, network: Network): Database {
  const managed = settings.database === 'managed';
  const host = managed ? attribute('Database', 'Endpoint.Address') : settings.database_host;
  const secretArn =
    settings.database_iam_user !== ''
      ? null
      : managed
        ? attribute('Database', 'MasterUserSecret.SecretArn')
        : settings.database_secret_arn;
  const proxied = settings.database_proxy_host !== '';
  const variables: Record<string, Value> = {
    DATABASE_HOST: proxied ? settings.database_proxy_host : host,
    DATABASE_PORT: String(settings.database_port),
    DATABASE_NAME: managed ? databaseName : settings.database_name,
    ...(proxied ? { DATABASE_PROXIED: 'yes' } : {}),
    ...(secretArn === null
      ? { DATABASE_IAM_USER: settings.database_iam_user }
      : { DATABASE_SECRET_ARN: secretArn }),
    // The certificates of RDS, which the runtime has beside it and Node does not load by itself.
    NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
  };
  return {
    resources: managed ? aurora(settings, network) : {},
    variables: Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== '')),
    statements: [
      secretArn === null
        ? allow(['rds-db:connect'], databaseUser(settings))
        : allow(['secretsmanager:GetSecretValue'], secretArn),
      ...decryptsSecret(settings),
    ],
    secretArn,
  };
}

/** A secret under a key of one's own cannot be read without the key; for all else than secrets it stays closed. */
function decryptsSecret({ database_secret_key_arn }: Settings): Value[] {
  if (database_secret_key_arn === '') return [];
  const via = { StringLike: { 'kms:ViaService': 'secretsmanager.*.amazonaws.com' } };
  return [allow(['kms:Decrypt'], database_secret_key_arn, via)];
}

function databaseUser({ database, database_resource_id, database_iam_user }: Settings): Value {
  if (database === 'existing') {
    return arnOf('rds-db', `dbuser:${database_resource_id}/${database_iam_user}`);
  }
  return {
    'Fn::Sub': [
      `arn:\${AWS::Partition}:rds-db:\${AWS::Region}:\${AWS::AccountId}:dbuser:\${Id}/${database_iam_user}`,
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
