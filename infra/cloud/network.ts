import { type Resource, type Resources, ref, sub, type Value } from './cloudformation.ts';
import type { Settings } from './settings.ts';

/** Where the functions, the file system and the database are. */
export interface Network {
  readonly vpcId: Value;
  readonly subnetIds: readonly Value[];
  /** Of the functions. */
  readonly securityGroupIds: readonly Value[];
  readonly resources: Resources;
}

/** AWS services that functions in a network without a way out still reach. Logs go another way. */
const endpoints = ['sqs', 'scheduler', 'secretsmanager', 'sns'];

/** The network that was given, or one of its own: two private subnets, endpoints instead of NAT. */
export function network(settings: Settings): Network {
  if (settings.database === 'existing') {
    return {
      vpcId: settings.vpc_id,
      subnetIds: settings.subnet_ids,
      securityGroupIds: settings.security_group_ids,
      resources: {},
    };
  }
  const { prefix } = settings;
  const subnetIds = [ref('SubnetA'), ref('SubnetB')];
  return {
    vpcId: ref('Vpc'),
    subnetIds,
    securityGroupIds: [ref('FunctionsSecurityGroup')],
    resources: {
      Vpc: {
        Type: 'AWS::EC2::VPC',
        Properties: {
          CidrBlock: '10.0.0.0/24',
          EnableDnsSupport: true,
          EnableDnsHostnames: true,
          Tags: [{ Key: 'Name', Value: prefix }],
        },
      },
      SubnetA: subnet(prefix, 0, '10.0.0.0/25'),
      SubnetB: subnet(prefix, 1, '10.0.0.128/25'),
      FunctionsSecurityGroup: {
        Type: 'AWS::EC2::SecurityGroup',
        Properties: { GroupDescription: `The functions of ${prefix}`, VpcId: ref('Vpc') },
      },
      EndpointsSecurityGroup: securityGroup(
        `The AWS services that the functions of ${prefix} call`,
        ref('Vpc'),
        443,
        [ref('FunctionsSecurityGroup')],
      ),
      ...Object.fromEntries(
        endpoints.map(service => [
          `${service.charAt(0).toUpperCase()}${service.slice(1)}Endpoint`,
          {
            Type: 'AWS::EC2::VPCEndpoint',
            Properties: {
              VpcEndpointType: 'Interface',
              ServiceName: sub(`com.amazonaws.\${AWS::Region}.${service}`),
              VpcId: ref('Vpc'),
              SubnetIds: subnetIds,
              SecurityGroupIds: [ref('EndpointsSecurityGroup')],
              PrivateDnsEnabled: true,
            },
          },
        ]),
      ),
    },
  };
}

/** Lets the given groups in on one port, and nobody else. */
export function securityGroup(
  description: string,
  vpcId: Value,
  port: number,
  from: readonly Value[],
): Resource {
  return {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: description,
      VpcId: vpcId,
      SecurityGroupIngress: from.map(group => ({
        IpProtocol: 'tcp',
        FromPort: port,
        ToPort: port,
        SourceSecurityGroupId: group,
      })),
    },
  };
}

function subnet(prefix: string, zone: number, cidr: string): Resource {
  return {
    Type: 'AWS::EC2::Subnet',
    Properties: {
      VpcId: ref('Vpc'),
      CidrBlock: cidr,
      AvailabilityZone: { 'Fn::Select': [zone, { 'Fn::GetAZs': '' }] },
      Tags: [{ Key: 'Name', Value: `${prefix}-${zone + 1}` }],
    },
  };
}
