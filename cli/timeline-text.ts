import type { TaskView } from '../shared/ports/ledger-view.ts';
import { instant } from './moment.ts';
import { paint, type Style, table } from './paint.ts';
import { taskLine } from './task-text.ts';
import { shorten } from './terminal-cells.ts';
import { milliseconds, type Timeline, type TimelineEvent } from './timeline.ts';

const styles: Readonly<Record<string, Style>> = {
  attempt_started: 'cyan',
  entry_opened: 'red',
  entry_raised: 'red',
  vote: 'magenta',
  approved: 'magenta',
  entry_resolved: 'green',
  completed: 'green',
};

/** What is longer is in `jr dlq show` and `jr status`. */
const textWidth = 110;

/** The timeline for a person: when, how long after the creation and after the line before, what. */
export function describeTimeline(task: TaskView, timeline: Timeline): string {
  return [
    paint('bold', task.title),
    taskLine(task),
    paint('dim', sums(timeline)),
    '',
    ...table(
      [
        { title: 'when' },
        { title: 'after', align: 'right' },
        { title: 'since last', align: 'right' },
        { title: 'what' },
        { title: '' },
      ],
      timeline.events.map((event, i) => cells(event, timeline.events[i - 1])),
    ),
  ].join('\n');
}

function cells({ at, after_ms, event, text }: TimelineEvent, before: TimelineEvent | undefined): string[] {
  const name = event.replaceAll('_', ' ');
  const style = styles[event];
  return [
    instant(at),
    `+${milliseconds(after_ms)}`,
    before === undefined ? '' : `+${milliseconds(after_ms - before.after_ms)}`,
    style === undefined ? name : paint(style, name),
    shorten(text, textWidth),
  ];
}

function sums({ took_ms, queue_delay_ms, worked_ms }: Timeline): string {
  return [
    queue_delay_ms === null
      ? took_ms === null
        ? 'not begun yet'
        : 'never begun'
      : `waited ${milliseconds(queue_delay_ms)} for its first attempt`,
    `worked ${milliseconds(worked_ms)}`,
    took_ms === null ? 'not ended yet' : `ended ${milliseconds(took_ms)} after its creation`,
  ].join(', ');
}
