/**
 * Items spread evenly over a run whose length nobody knows: at most `count`, and never less than half of that if there
 * were as many.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Spread } from "./spread.ts";
 *
 * const spread = new Spread<number>(3);
 * for (let index = 0; index < 10; index++) spread.add(index, index);
 * assert.deepEqual(spread.items, [0, 4, 8]);
 * ```
 */
export class Spread<Item> {
  #step = 1;
  #list: { readonly index: number; readonly item: Item }[] = [];

  constructor(readonly count: number) {}

  /** Whether the item at a place is of use. */
  wants(index: number): boolean {
    return this.count > 0 && index % this.#step === 0;
  }

  /** Adds the item at a place; places ascend. */
  add(index: number, item: Item): void {
    if (!this.wants(index)) return;
    this.#list.push({ index, item });
    while (this.#list.length > this.count) {
      this.#step *= 2;
      this.#list = this.#list.filter(({ index }) => index % this.#step === 0);
    }
  }

  /** The items in their order. */
  get items(): readonly Item[] {
    return this.#list.map(({ item }) => item);
  }
}
