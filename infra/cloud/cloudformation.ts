/** Pieces of CloudFormation as plain data: what JSON can hold. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value };

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, Value>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: 'Delete' | 'Retain' | 'Snapshot';
  readonly UpdateReplacePolicy?: 'Delete' | 'Retain' | 'Snapshot';
}

export type Resources = Readonly<Record<string, Resource>>;

/** `jr-dlq-1-retry` + `Queue` -> `JrDlq1RetryQueue`. */
export function logicalId(name: string, kind = ''): string {
  const words = name.split(/[^a-zA-Z0-9]+/).filter(word => word !== '');
  return `${words.map(word => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('')}${kind}`;
}

export function ref(id: string): Value {
  return { Ref: id };
}

export function attribute(id: string, name: string): Value {
  return { 'Fn::GetAtt': [id, name] };
}

/** A text with `${AWS::Region}` and the like, or `${LogicalId}`, in it. */
export function sub(text: string): Value {
  return { 'Fn::Sub': text };
}

/** ARN of something of this account and region, e.g. `arnOf('sqs', 'name')`. */
export function arnOf(service: string, resource: string): Value {
  return sub(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`);
}

/** A role that one service assumes, with one policy. The account is that of the stack: no other may lend it. */
export function role(principal: string, statements: readonly Value[], trustCondition?: Value): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: principal },
            Action: 'sts:AssumeRole',
            ...(trustCondition === undefined ? {} : { Condition: trustCondition }),
          },
        ],
      },
      Policies: [
        { PolicyName: 'what-it-does', PolicyDocument: { Version: '2012-10-17', Statement: statements } },
      ],
    },
  };
}

export function allow(actions: readonly string[], resources: Value, condition?: Value): Value {
  return {
    Effect: 'Allow',
    Action: actions,
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}
