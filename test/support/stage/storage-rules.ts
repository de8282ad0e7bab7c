import assert from 'node:assert/strict';
import { attribute, ref, type Value } from '../../../infra/cloud/cloudformation.ts';
import { idsIn, type Made, ofType, properties, type Rules, resource } from './made.ts';

/** Where the functions are, as references or as what was given. */
function place({ settings }: Made): {
  vpcId: Value;
  subnetIds: readonly Value[];
  groupIds: readonly Value[];
} {
  return settings.database === 'managed'
    ? {
        vpcId: ref('Vpc'),
        subnetIds: [ref('SubnetA'), ref('SubnetB')],
        groupIds: [ref('FunctionsSecurityGroup')],
      }
    : {
        vpcId: settings.vpc_id,
        subnetIds: settings.subnet_ids,
        groupIds: settings.security_group_ids,
      };
}

/** A group that lets in those groups on that port, and nobody else. */
function letsIn(made: Made, id: string, port: number, from: readonly Value[]): void {
  const { GroupDescription, ...group } = properties(made, id, 'AWS::EC2::SecurityGroup');
  assert.deepEqual(group, {
    VpcId: place(made).vpcId,
    SecurityGroupIngress: from.map(SourceSecurityGroupId => ({
      IpProtocol: 'tcp',
      FromPort: port,
      ToPort: port,
      SourceSecurityGroupId,
    })),
  });
}

/** The workspace. */
export const workspaceRules: Rules = {
  'the workspace is encrypted, backed up every day, and refuses who comes without TLS': made => {
    const policy = made.settings.keep_data ? 'Retain' : 'Delete';
    const found = resource(made, 'Workspace', 'AWS::EFS::FileSystem');
    assert.deepEqual([found.DeletionPolicy, found.UpdateReplacePolicy], [policy, policy]);
    const { FileSystemTags, ...workspace } = found.Properties ?? {};
    assert.deepEqual(workspace, {
      Encrypted: true,
      ThroughputMode: 'elastic',
      BackupPolicy: { Status: 'ENABLED' },
      FileSystemPolicy: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Action: '*',
            Resource: '*',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    });
  },

  'it is reached in every subnet of the functions, by the functions alone, as one user below one folder':
    made => {
      const { subnetIds, groupIds } = place(made);
      assert.deepEqual(
        ofType(made, 'AWS::EFS::MountTarget').map(([, { Properties }]) => Properties),
        subnetIds.map(SubnetId => ({
          FileSystemId: ref('Workspace'),
          SubnetId,
          SecurityGroups: [attribute('WorkspaceSecurityGroup', 'GroupId')],
        })),
      );
      letsIn(made, 'WorkspaceSecurityGroup', 2049, groupIds);
      assert.deepEqual(properties(made, 'WorkspaceAccessPoint', 'AWS::EFS::AccessPoint'), {
        FileSystemId: ref('Workspace'),
        PosixUser: { Uid: '1000', Gid: '1000' },
        RootDirectory: {
          Path: '/workspace',
          CreationInfo: { OwnerUid: '1000', OwnerGid: '1000', Permissions: '0750' },
        },
      });
    },
};

/** What a managed stage has besides. */
export const managedRules: Rules = {
  'the network has no way out: two private subnets in two zones, and the services that are called inside it':
    made => {
      const { Tags, ...vpc } = properties(made, 'Vpc', 'AWS::EC2::VPC');
      assert.deepEqual(vpc, { CidrBlock: '10.0.0.0/24', EnableDnsSupport: true, EnableDnsHostnames: true });
      for (const [zone, id] of ['SubnetA', 'SubnetB'].entries()) {
        const { Tags: _, ...subnet } = properties(made, id, 'AWS::EC2::Subnet');
        assert.deepEqual(subnet, {
          VpcId: ref('Vpc'),
          CidrBlock: `10.0.0.${zone * 128}/25`,
          AvailabilityZone: { 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] },
        });
      }
      for (const type of ['InternetGateway', 'NatGateway', 'Route', 'EIP'])
        assert.deepEqual(ofType(made, `AWS::EC2::${type}`), []);
      for (const service of ['sqs', 'scheduler', 'secretsmanager', 'sns']) {
        const id = `${service.charAt(0).toUpperCase()}${service.slice(1)}Endpoint`;
        assert.deepEqual(properties(made, id, 'AWS::EC2::VPCEndpoint'), {
          VpcEndpointType: 'Interface',
          ServiceName: { 'Fn::Sub': `com.amazonaws.\${AWS::Region}.${service}` },
          VpcId: ref('Vpc'),
          SubnetIds: [ref('SubnetA'), ref('SubnetB')],
          SecurityGroupIds: [ref('EndpointsSecurityGroup')],
          PrivateDnsEnabled: true,
        });
      }
      letsIn(made, 'EndpointsSecurityGroup', 443, [ref('FunctionsSecurityGroup')]);
      const { GroupDescription, ...functions } = properties(
        made,
        'FunctionsSecurityGroup',
        'AWS::EC2::SecurityGroup',
      );
      assert.deepEqual(functions, { VpcId: ref('Vpc') });
    },

  'the ledger is encrypted, backed up, takes TLS only, and has a password that RDS makes and changes':
    made => {
      const { prefix, keep_data, database_port, log_retention_days } = made.settings;
      const found = resource(made, 'Database', 'AWS::RDS::DBCluster');
      const policy = keep_data ? 'Snapshot' : 'Delete';
      assert.deepEqual([found.DeletionPolicy, found.UpdateReplacePolicy], [policy, policy]);
      assert.deepEqual(found.DependsOn, ['DatabaseLogs'], 'or RDS makes the group, and keeps logs for ever');
      const { EngineVersion, ...cluster } = found.Properties ?? {};
      assert.match(String(EngineVersion), /^1[4-9]\./);
      assert.deepEqual(cluster, {
        DBClusterIdentifier: prefix,
        Engine: 'aurora-postgresql',
        DBClusterParameterGroupName: ref('DatabaseParameters'),
        DatabaseName: 'jr',
        Port: database_port,
        MasterUsername: 'jr',
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
          MinCapacity: 0, // it can sleep
          MaxCapacity: made.settings.database_max_capacity,
          SecondsUntilAutoPause: 300,
        },
      });
      const { Description, ...parameters } = properties(
        made,
        'DatabaseParameters',
        'AWS::RDS::DBClusterParameterGroup',
      );
      assert.deepEqual(parameters, {
        Family: `aurora-postgresql${String(EngineVersion).split('.')[0]}`,
        Parameters: { 'rds.force_ssl': '1' },
      });
      assert.deepEqual(properties(made, 'DatabaseLogs', 'AWS::Logs::LogGroup'), {
        LogGroupName: `/aws/rds/cluster/${prefix}/postgresql`,
        RetentionInDays: log_retention_days,
      });
    },

  'the ledger is in the private subnets, and lets the functions in and nobody else': made => {
    assert.deepEqual(properties(made, 'DatabaseWriter', 'AWS::RDS::DBInstance'), {
      DBClusterIdentifier: ref('Database'),
      DBInstanceClass: 'db.serverless',
      Engine: 'aurora-postgresql',
      PubliclyAccessible: false,
      AutoMinorVersionUpgrade: true,
    });
    assert.deepEqual(idsIn(properties(made, 'DatabaseSubnets', 'AWS::RDS::DBSubnetGroup')['SubnetIds']), [
      'SubnetA',
      'SubnetB',
    ]);
    letsIn(made, 'DatabaseSecurityGroup', made.settings.database_port, [ref('FunctionsSecurityGroup')]);
  },
};
