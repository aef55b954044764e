/** The `capacity` largest of the values offered, with their indices. */
export class PeakHeap {
  readonly #indices: number[] = [];
  readonly #values: number[] = [];

  /** @param order of equal values, the one with the lower `order(index)` is kept and comes first */
  constructor(readonly capacity: number, readonly order: (index: number) => number) {}

  /** Adds a value if it is large enough. Returns the minimum value that can still be added. */
  offer(index: number, value: number): number {
    const { capacity } = this;
    if (this.#indices.length < capacity) {
      this.#indices.push(index);
      this.#values.push(value);
      this.#siftUp(this.#indices.length - 1);
    } else if (capacity > 0 && this.#isBetter(index, value, 0)) {
      this.#indices[0] = index;
      this.#values[0] = value;
      this.#siftDown();
    }
    if (capacity === 0) return Infinity;
    return this.#indices.length < capacity ? -Infinity : this.#values[0];
  }

  /** The indices kept, best first. */
  sorted(): number[] {
    const places = this.#indices.map((_, place) => place);
    places.sort((a, b) => this.#isBetter(this.#indices[a], this.#values[a], b) ? -1 : 1);
    return places.map((place) => this.#indices[place]);
  }

  #isBetter(index: number, value: number, place: number): boolean {
    const other = this.#values[place];
    return value > other || (value === other && this.order(index) < this.order(this.#indices[place]));
  }

  /** The root is the worst of those kept. */
  #isWorse(place: number, other: number): boolean {
    return this.#isBetter(this.#indices[other], this.#values[other], place);
  }

  #siftUp(place: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isWorse(place, parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #siftDown(): void {
    const { length } = this.#indices;
    for (let place = 0;;) {
      const left = 2 * place + 1;
      if (left >= length) return;
      const right = left + 1;
      const child = right < length && this.#isWorse(right, left) ? right : left;
      if (!this.#isWorse(child, place)) return;
      this.#swap(place, child);
      place = child;
    }
  }

  #swap(a: number, b: number): void {
    [this.#indices[a], this.#indices[b]] = [this.#indices[b], this.#indices[a]];
    [this.#values[a], this.#values[b]] = [this.#values[b], this.#values[a]];
  }
}
