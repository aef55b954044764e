import assert from "node:assert/strict";
import { confusions, confusionShares } from "../../../../datasets/coco/analysis/confusion_shares.ts";

const MATRIX = {
  categories: ["car", "boat", "cat", "dog"].map((name, id) => ({ id, name })),
  // Rows: truths; the last ones are nothing there and not found.
  counts: Int32Array.from([
    [6, 0, 0, 2, 2],
    [0, 0, 0, 0, 0],
    [1, 0, 0, 3, 0],
    [0, 0, 0, 0, 0],
    [3, 0, 1, 0, 0],
  ].flat()),
};

Deno.test("rows are shares, and classes that neither occur nor are found are left out", () => {
  const { rows, columns, values } = confusionShares(MATRIX);
  assert.deepEqual(rows, ["car", "cat", "dog", "nothing there"]);
  assert.deepEqual(columns, ["car", "cat", "dog", "not found"]);
  assert.deepEqual(values, [
    [0.6, 0, 0.2, 0.2],
    [0.25, 0, 0.75, 0],
    [0, 0, 0, 0],
    [0.75, 0.25, 0, 0],
  ]);
});

Deno.test("confusions are those between classes, the most frequent first", () => {
  assert.deepEqual(confusions(MATRIX), [
    { truth: "cat", detection: "dog", count: 3, share: 0.75 },
    { truth: "car", detection: "dog", count: 2, share: 0.2 },
    { truth: "cat", detection: "car", count: 1, share: 0.25 },
  ]);
});
