import assert from "node:assert/strict";
import fc from "fast-check";
import { orderGroups, ScoreSorter, stableOrder } from "../../../../datasets/coco/matching/sort.ts";

Deno.test("scores sort by descending value, equal ones in their order", () => {
  const score = fc.oneof(
    fc.double({ noNaN: true }),
    fc.constantFrom(0, -0, 0.5, 0.5 + 2 ** -40, 0.5 + 2 ** -41, 5e-324, -5e-324, -1, Infinity),
  );
  const sorter = new ScoreSorter();
  fc.assert(
    fc.property(fc.array(score, { maxLength: 700, size: "max" }), (scores) => {
      const expected = scores.map((_, i) => i).sort((a, b) =>
        scores[b] === scores[a] ? a - b : scores[b] - scores[a]
      );
      assert.deepEqual([...sorter.order(Float64Array.from(scores))], expected);
    }),
    { numRuns: 300 },
  );
});

Deno.test("many scores that differ only in their last bits sort", () => {
  const scores = Float64Array.from({ length: 5000 }, (_, i) => 0.5 + ((i * 7919) % 1000) * 2 ** -50);
  const order = new ScoreSorter().order(scores);
  for (let i = 1; i < order.length; i++) {
    const [a, b] = [order[i - 1], order[i]];
    assert.ok(scores[a] > scores[b] || (scores[a] === scores[b] && a < b));
  }
});

Deno.test("orders by key are stable, as a whole and within groups", () => {
  const keys = Int32Array.of(2, 0, 1, 0, 2, 1, 1);
  assert.deepEqual([...stableOrder(Int32Array.of(0, 1, 2, 3, 4, 5, 6), keys, 3)], [1, 3, 2, 5, 6, 0, 4]);
  assert.deepEqual([...stableOrder(Int32Array.of(6, 4, 1, 0), keys, 3)], [1, 6, 4, 0]);
  const sorted = new Int32Array(7);
  orderGroups(Int32Array.of(10, 11, 12, 13, 14, 15, 16), keys, Int32Array.of(0, 3, 3, 7), 3, sorted);
  assert.deepEqual([...sorted], [11, 12, 10, 13, 15, 16, 14]);
  assert.deepEqual([...keys], [0, 1, 2, 0, 1, 1, 2]);
});
