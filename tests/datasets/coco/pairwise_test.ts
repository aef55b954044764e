import assert from "node:assert/strict";
import { pairwiseMean } from "../../../datasets/coco/pairwise.ts";

Deno.test("the mean is that of the values", () => {
  for (const length of [1, 7, 8, 100, 128, 129, 1000, 8192, 8193, 50_000]) {
    const values = Float64Array.from({ length }, (_, i) => i);
    assert.equal(pairwiseMean(values), (length - 1) / 2, String(length));
  }
  assert.equal(pairwiseMean(Float64Array.of(1, 2, 100), 2), 1.5);
  assert.ok(Number.isNaN(pairwiseMean(new Float64Array())));
});

Deno.test("values are added in pairs, in numpy's order", () => {
  // A plain loop loses every one of these small terms; of eight sums only the first does.
  const values = new Float64Array(128).fill(2 ** -53);
  values[0] = 1;
  assert.equal(pairwiseMean(values) * 128, 1 + 112 * 2 ** -53);
});
