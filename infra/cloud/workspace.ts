import { arnOf, attribute, logicalId, type Resources, ref, type Value } from './cloudformation.ts';
import { type Network, securityGroup } from './network.ts';
import type { Settings } from './settings.ts';

/** Where a function with a workspace finds it. */
export const MOUNT = '/mnt/workspace';

/** The one user and group of the access point: whoever comes through it writes as this user, below its folder. */
const owner = 1000;

/** The workspace: an encrypted file system with daily backups, reached through an access point over TLS. */
export function workspace({ prefix, keep_data }: Settings, network: Network): Resources {
  const policy = keep_data ? 'Retain' : 'Delete';
  return {
    Workspace: {
      Type: 'AWS::EFS::FileSystem',
      DeletionPolicy: policy,
      UpdateReplacePolicy: policy,
      Properties: {
        Encrypted: true,
        ThroughputMode: 'elastic',
        BackupPolicy: { Status: 'ENABLED' },
        FileSystemTags: [{ Key: 'Name', Value: `${prefix}-workspace` }],
        // With a policy nobody mounts it who has no permission by IAM, and nobody without TLS.
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
      },
    },
    WorkspaceSecurityGroup: securityGroup(
      `The workspace of ${prefix}`,
      network.vpcId,
      2049,
      network.securityGroupIds,
    ),
    ...Object.fromEntries(
      network.subnetIds.map((subnetId, index) => [
        mountTargetId(subnetId, index),
        {
          Type: 'AWS::EFS::MountTarget',
          Properties: {
            FileSystemId: ref('Workspace'),
            SubnetId: subnetId,
            SecurityGroups: [attribute('WorkspaceSecurityGroup', 'GroupId')],
          },
        },
      ]),
    ),
    WorkspaceAccessPoint: {
      Type: 'AWS::EFS::AccessPoint',
      Properties: {
        FileSystemId: ref('Workspace'),
        PosixUser: { Uid: String(owner), Gid: String(owner) },
        RootDirectory: {
          Path: '/workspace',
          CreationInfo: { OwnerUid: String(owner), OwnerGid: String(owner), Permissions: '0750' },
        },
      },
    },
  };
}

/** Put together from its id, which is the same and what more than AWS itself understands. */
export const workspaceArn = arnOf('elasticfilesystem', `file-system/\${Workspace}`);
/** In the one form that the deploy tool takes. */
export const accessPointArn: Value = {
  'Fn::Join': [
    '',
    [
      'arn:',
      ref('AWS::Partition'),
      ':elasticfilesystem:',
      ref('AWS::Region'),
      ':',
      ref('AWS::AccountId'),
      ':access-point/',
      ref('WorkspaceAccessPoint'),
    ],
  ],
};

/** A function cannot be made before its file system can be reached from everywhere it may run. */
export function mountTargets(network: Network): string[] {
  return network.subnetIds.map(mountTargetId);
}

/**
 * Named by its subnet where that has a name, and not by its place in the list: another order would change the subnet of a
 * mount target, and the new one be refused while the old one is still in its zone.
 */
function mountTargetId(subnetId: Value, index: number): string {
  return `WorkspaceMountTarget${typeof subnetId === 'string' ? logicalId(subnetId) : index + 1}`;
}
