import type { Notifier } from '../../ports/notifier.ts';

const service = 'jr-executor';

/**
 * Says of each announcement which stage it is about: who is told by several cannot tell otherwise, and a command without
 * its `--stage` would look at the machine it is typed on.
 *
 * @param stack the service and the stage, such as `jr-executor-prod`
 */
export function stageNotifier(stack: string, notifier: Notifier): Notifier {
  const stage = stack.replace(`${service}-`, '');
  return {
    publish: announcement =>
      notifier.publish({
        ...announcement,
        subject: announcement.subject.replace(`[${service}]`, `[${stack}]`),
        text: `${announcement.text}\n\nThis is stage ${stage}: each command takes --stage ${stage}.`,
      }),
  };
}
