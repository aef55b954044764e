/**
 * The items with the lowest scores so far: at most `count`, however many are added.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { Lowest } from "./lowest.ts";
 *
 * const worst = new Lowest<string>(2);
 * for (const [name, iou] of [["a.jpg", 0.7], ["b.jpg", 0.2], ["c.jpg", 0.5]] as const) worst.add(name, iou);
 * assert.deepEqual(worst.items, ["b.jpg", "c.jpg"]);
 * ```
 */
export class Lowest<Item> {
  readonly #list: { readonly item: Item; readonly score: number }[] = [];

  constructor(readonly count: number) {}

  /** Adds an item; one without a score is not remembered. Of equal scores the first comes first. */
  add(item: Item, score: number | null): void {
    if (score === null || this.count === 0) return;
    const place = this.#list.findIndex((other) => score < other.score);
    this.#list.splice(place < 0 ? this.#list.length : place, 0, { item, score });
    if (this.#list.length > this.count) this.#list.pop();
  }

  /** The items, the lowest score first. */
  get items(): readonly Item[] {
    return this.#list.map(({ item }) => item);
  }
}
