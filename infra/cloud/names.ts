import { arnOf, type Value } from './cloudformation.ts';

/** Why a stage cannot be called so, and what it may be called; null where it can. */
export function stageRefused(stage: string): string | null {
  if (/^[a-z][a-z0-9-]{0,19}$/.test(stage)) return null;
  return `A stage cannot be called ${JSON.stringify(stage)}: take up to 20 lower case letters, digits and hyphens, such as dev.`;
}

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
