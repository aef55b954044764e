import assert from "node:assert/strict";
import fc from "fast-check";
import { Lowest } from "../../../models/evaluation/mod.ts";

Deno.test("the items with the lowest scores are kept, the lowest first, of equal ones the earlier", () => {
  const scores = fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { maxLength: 40 });
  fc.assert(fc.property(scores, fc.integer({ min: 0, max: 8 }), (scores, count) => {
    const lowest = new Lowest<number>(count);
    scores.forEach((score, place) => lowest.add(place, score));
    const expected = scores.map((score, place) => ({ score, place })).filter(({ score }) => score !== null)
      .sort((a, b) => a.score! - b.score! || a.place - b.place).slice(0, count);
    assert.deepEqual(lowest.items, expected.map(({ place }) => place));
  }));
});
