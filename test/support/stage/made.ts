import assert from 'node:assert/strict';
import type { Resource, Resources, Value } from '../../../infra/cloud/cloudformation.ts';
import type { Settings } from '../../../infra/cloud/settings.ts';

/** A template, whether as infra/cloud makes it or as the deploy tool hands it to CloudFormation, and what it was made of. */
export interface Made {
  readonly settings: Settings;
  readonly resources: Resources;
}

/** What has to be so of a stage, by a sentence that says it. A rule throws when it is not. */
export type Rules = Readonly<Record<string, (made: Made) => void>>;

/** The resource of an id: it has to be there, and of that type. */
export function resource({ resources }: Made, id: string, type: string): Resource {
  const found = resources[id];
  assert.equal(found?.Type, type, `${id} is no ${type}`);
  return found;
}

export function properties(made: Made, id: string, type: string): Readonly<Record<string, Value>> {
  return resource(made, id, type).Properties ?? {};
}

/** All of a type, by their ids. */
export function ofType({ resources }: Made, type: string): [id: string, Resource][] {
  return Object.entries(resources).filter(([, { Type }]) => Type === type);
}

/** Every id that a piece of template names: Ref, Fn::GetAtt, and what stands in a Fn::Sub. */
export function idsIn(value: Value | Resource | undefined): string[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(idsIn);
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [String(inner[0])];
    if (key === 'Fn::Sub' && typeof inner === 'string') {
      return [...inner.matchAll(/\$\{([^.}]+)/g)].map(([, id = '']) => id);
    }
    return idsIn(inner);
  });
}

/** An allowing or denying statement of a role's policies, as JSON has it. */
export interface Statement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: Value;
  readonly Condition?: Value;
}

export function statements(made: Made, id: string): Statement[] {
  const { Policies } = properties(made, id, 'AWS::IAM::Role');
  // Ours are written by `allow` in cloudformation.ts, in this form.
  const policies = (Policies ?? []) as unknown as { PolicyDocument: { Statement: Statement[] } }[];
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
}
