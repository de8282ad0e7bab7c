/** A binary heap whose least element is at hand. The order of an element may only grow while it is in the heap. */
export class MinHeap<T> {
  readonly #items: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(items: Iterable<T>, compare: (a: T, b: T) => number) {
    this.#compare = compare;
    this.#items = [...items].sort(compare);
  }

  get least(): T | undefined {
    return this.#items[0];
  }

  /** Takes the least element out. */
  remove(): void {
    const last = this.#items.pop();
    if (last === undefined || this.#items.length === 0) return;
    this.#items[0] = last;
    this.settle();
  }

  /** Puts the first element, which has grown, to its place. */
  settle(): void {
    const items = this.#items;
    let at = 0;
    for (;;) {
      const child = this.#lesser(2 * at + 1, 2 * at + 2);
      const [item, below] = [items[at], items[child]];
      if (item === undefined || below === undefined || this.#compare(item, below) <= 0) return;
      items[at] = below;
      items[child] = item;
      at = child;
    }
  }

  #lesser(left: number, right: number): number {
    const [a, b] = [this.#items[left], this.#items[right]];
    return a !== undefined && b !== undefined && this.#compare(b, a) < 0 ? right : left;
  }
}
