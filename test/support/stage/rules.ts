import type { Resources } from '../../../infra/cloud/cloudformation.ts';
import { alarmRules } from './alarm-rules.ts';
import type { Made, Rules } from './made.ts';
import { queueRules } from './queue-rules.ts';
import { roleRules } from './role-rules.ts';
import { managedRules, workspaceRules } from './storage-rules.ts';

/** What has to be so of everything that infra/cloud makes. The functions themselves: function-rules.ts. */
export function stageRules({ settings }: Made): Rules {
  return {
    ...queueRules,
    ...alarmRules,
    ...workspaceRules,
    ...roleRules,
    ...(settings.database === 'managed' ? managedRules : {}),
  };
}

/** Of what nothing depends on but the eye of a person. */
const cosmetic = /^(?:Tags|FileSystemTags|Description|\w*GroupDescription|AlarmDescription)$/;

/**
 * Everything that can be taken away from a template, one at a time: each resource, each of its properties, and what it
 * waits for. Answers those that no rule misses.
 */
export function unmissed(made: Made, rules: Rules): string[] {
  const notices = (resources: Resources) =>
    Object.values(rules).some(rule => throws(() => rule({ ...made, resources })));
  return Object.entries(made.resources).flatMap(([id, resource]) => {
    const { [id]: _, ...others } = made.resources;
    const { Properties = {}, ...rest } = resource;
    const lesser = Object.entries(Properties)
      .filter(([name, value]) => !cosmetic.test(name) && JSON.stringify(value) !== '{}')
      .map(([name]) => {
        const { [name]: __, ...kept } = Properties;
        return [`${id}.${name}`, { ...rest, Properties: kept }] as const;
      });
    const { DependsOn = [], ...atOnce } = resource;
    const unwaited = DependsOn.length === 0 ? [] : [[`${id}.DependsOn`, atOnce] as const];
    return [
      ...(notices(others) ? [] : [id]),
      ...[...lesser, ...unwaited].flatMap(([what, less]) =>
        notices({ ...made.resources, [id]: less }) ? [] : [what],
      ),
    ];
  });
}

function throws(work: () => void): boolean {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}
