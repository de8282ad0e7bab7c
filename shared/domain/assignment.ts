import { MinHeap } from './min-heap.ts';

/** What assignment needs to know of a Jr that is there to work. */
export interface AvailableJr {
  readonly name: string;
  /** Tasks that it may have at a time: waiting and running. */
  readonly capacity: number;
  /** Tasks that it has: waiting and running. */
  readonly load: number;
  readonly specialties: readonly string[];
  readonly lastAssignedAt: Date | null;
}

/** A task without a Jr. */
export interface UnassignedTask {
  readonly id: number;
  /** Its tags and the specialties that its parameters name. Which of them are specialties the Jrs say. */
  readonly wants: readonly string[];
}

export interface Assignment {
  readonly taskId: number;
  readonly jrName: string;
}

/** A Jr while tasks are given out: its load grows. */
interface Place extends AvailableJr {
  given: number;
  /** When it was given a task last, in milliseconds. */
  readonly waitsSince: number;
}

/**
 * Gives tasks to Jrs, in the order in which the tasks come: to one with a wanted specialty if such a one has room, else
 * to any; to the least loaded relative to its capacity; among equals to the one that has waited longest for a task.
 * Never over capacity: what has no room is not in the answer. Takes time n log m.
 */
export function assignTasks(tasks: readonly UnassignedTask[], jrs: readonly AvailableJr[]): Assignment[] {
  const places: Place[] = jrs.map(jr => ({
    ...jr,
    given: 0,
    waitsSince: jr.lastAssignedAt?.getTime() ?? Number.NEGATIVE_INFINITY,
  }));
  const known = new Set(jrs.flatMap(({ specialties }) => specialties.map(normal)));
  const everybody = new Crew(places);
  const crews = new Map<string, Crew>();
  return tasks.flatMap(({ id, wants }) => {
    const wanted = [...new Set(wants.map(normal))].filter(word => known.has(word)).sort();
    const jr = (wanted.length === 0 ? null : crewOf(wanted, places, crews).next()) ?? everybody.next();
    if (jr === null) return [];
    jr.given += 1;
    return [{ taskId: id, jrName: jr.name }];
  });
}

/** The words of a task as it was handed in. What is no text is not a specialty. */
export function wishesOf(tags: readonly string[], parameters: Readonly<Record<string, unknown>>): string[] {
  const { specialty, specialties } = parameters;
  return [...tags, specialty, ...(Array.isArray(specialties) ? specialties : [specialties])].filter(
    word => typeof word === 'string',
  );
}

/** Those who have one of the wanted specialties; tasks that want the same share it. */
function crewOf(wanted: readonly string[], places: readonly Place[], crews: Map<string, Crew>): Crew {
  const key = JSON.stringify(wanted);
  const known = crews.get(key);
  if (known !== undefined) return known;
  const crew = new Crew(
    places.filter(({ specialties }) => specialties.some(word => wanted.includes(normal(word)))),
  );
  crews.set(key, crew);
  return crew;
}

/** Jrs by who is next. They are shared with other crews, who give them tasks too: what is on top is looked at again. */
class Crew {
  readonly #waiting: MinHeap<Entry>;

  constructor(places: readonly Place[]) {
    this.#waiting = new MinHeap(
      places.map(place => ({ place, share: share(place) })),
      byShare,
    );
  }

  /** The least loaded with room, or null when all are full. */
  next(): Place | null {
    for (;;) {
      const top = this.#waiting.least;
      if (top === undefined) return null;
      const now = share(top.place);
      if (now >= 1) this.#waiting.remove();
      else if (now === top.share) return top.place;
      else {
        top.share = now;
        this.#waiting.settle();
      }
    }
  }
}

/** `share` is the one that the order goes by; the place may have been given tasks since. */
interface Entry {
  readonly place: Place;
  share: number;
}

/** The part of its capacity that is taken; 1 is full. */
function share({ load, given, capacity }: Place): number {
  return (load + given) / capacity;
}

function byShare(a: Entry, b: Entry): number {
  // Two that were never given any differ by NaN, which like 0 leaves it to their names.
  return (
    a.share - b.share || a.place.waitsSince - b.place.waitsSince || (a.place.name < b.place.name ? -1 : 1)
  );
}

function normal(word: string): string {
  return word.trim().toLowerCase();
}
