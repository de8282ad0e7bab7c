const formats = new Map<string, Intl.DateTimeFormat>();

function format(timeZone: string): Intl.DateTimeFormat {
  let found = formats.get(timeZone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, found);
  }
  return found;
}

/** True for a name that the time zone database knows (`Europe/Berlin`). */
export function isTimeZone(name: string): boolean {
  try {
    format(name);
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds that the zone's clocks are ahead of UTC at an instant. */
function offsetAt(instant: number, timeZone: string): number {
  const part = Object.fromEntries(
    format(timeZone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1_000) * 1_000;
}

/**
 * The instant at which the zone's clocks show a time.
 * @param wallClock the time as if it were UTC, in milliseconds
 * @returns the first of two instants when clocks are put back; when they are put forward over it, as much later as
 *   they are put forward
 */
export function instantOf(wallClock: number, timeZone: string): number {
  // The offset in force is that of a day before or of a day after: zones change at most once in so short a time.
  const before = wallClock - offsetAt(wallClock - 86_400_000, timeZone);
  const after = wallClock - offsetAt(wallClock + 86_400_000, timeZone);
  const shows = (instant: number) => instant + offsetAt(instant, timeZone) === wallClock;
  if (shows(before)) return before;
  return shows(after) ? after : before;
}
