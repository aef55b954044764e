import assert from "node:assert/strict";
import fc from "fast-check";
import { Spread } from "../../../models/evaluation/spread.ts";

Deno.test("as many as may be, and at least half of it, are kept at equal distances", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 500 }), (count, total) => {
    const spread = new Spread<number>(count);
    for (let index = 0; index < total; index++) spread.add(index, index);
    const { items } = spread;
    assert.ok(items.length <= count && items.length >= Math.min(total, count) / 2, `${items.length}`);
    assert.equal(items[0], 0);
    const step = items.length > 1 ? items[1] : total;
    assert.deepEqual(items, items.map((_, k) => k * step));
    assert.ok(total - items.at(-1)! <= step);
  }));
});

Deno.test("items that failed leave gaps, and of none nothing is kept", () => {
  const spread = new Spread<number>(4);
  for (const index of [1, 3, 4, 8, 9]) spread.add(index, index);
  assert.deepEqual(spread.items, [4, 8]);
  assert.equal(new Spread(0).wants(0), false);
});
