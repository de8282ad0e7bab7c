import { arnOf, type Value } from './cloudformation.ts';

export function functionName(prefix: string, name: string): string {
  return `${prefix}-${name}`;
}

/** By name: the roles that a function has may name the function without waiting for it. */
export function functionArn(prefix: string, name: string): Value {
  return arnOf('lambda', `function:${functionName(prefix, name)}`);
}

/** How the deploy tool calls what it makes of a function: `dlq-retry` -> `DlqDashretryLambdaFunction`. */
export function functionId(name: string, kind: 'LambdaFunction' | 'LogGroup'): string {
  const id = name.replaceAll('-', 'Dash').replaceAll('_', 'Underscore');
  return `${id.charAt(0).toUpperCase()}${id.slice(1)}${kind}`;
}
