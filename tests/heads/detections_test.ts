import assert from "node:assert/strict";
import fc from "fast-check";
import {
  boxIou,
  clipDetections,
  type Detections,
  nonMaximumSuppression,
  selectDetections,
} from "../../heads/mod.ts";

function detections(
  rows: readonly (readonly [number, number, number, number, number, number])[],
): Detections {
  return {
    count: rows.length,
    boxes: Float32Array.from(rows.flatMap((row) => row.slice(0, 4))),
    scores: Float32Array.from(rows, (row) => row[4]),
    classes: Int32Array.from(rows, (row) => row[5]),
  };
}

Deno.test("the IoU of a box with itself is 1, with a distant one 0, with its half one half", () => {
  const boxes = Float32Array.of(0, 0, 4, 4, 10, 10, 12, 12, 0, 0, 4, 2);
  assert.equal(boxIou(boxes, 0, 0), 1);
  assert.equal(boxIou(boxes, 0, 1), 0);
  assert.equal(boxIou(boxes, 0, 2), 0.5);
});

Deno.test("suppression drops the weaker of two overlapping boxes of one class and keeps other classes", () => {
  const found = detections([
    [0, 0, 10, 10, 0.9, 1],
    [1, 0, 11, 10, 0.8, 1],
    [1, 0, 11, 10, 0.7, 2],
    [20, 20, 30, 30, 0.6, 1],
  ]);
  assert.deepEqual(nonMaximumSuppression(found, 0.5), [0, 2, 3]);
  assert.deepEqual(nonMaximumSuppression(found, 0.5, 2), [0, 2]);
  assert.deepEqual(nonMaximumSuppression(found, 0.95), [0, 1, 2, 3]);
});

Deno.test("no two boxes that suppression keeps overlap within a class, and every dropped one has a reason", () => {
  const row = fc.tuple(
    fc.nat(20),
    fc.nat(20),
    fc.integer({ min: 1, max: 10 }),
    fc.integer({ min: 1, max: 10 }),
    fc.nat(2),
  );
  fc.assert(
    fc.property(
      fc.array(row, { maxLength: 30 }),
      fc.double({ min: 0.1, max: 0.9, noNaN: true }),
      (rows, iou) => {
        const found = detections(rows.map(([x, y, w, h, c], i) => [x, y, x + w, y + h, 1 - i / 100, c]));
        const kept = nonMaximumSuppression(found, iou);
        const clash = (a: number, b: number) =>
          found.classes[a] === found.classes[b] && boxIou(found.boxes, a, b) > iou;
        for (let i = 0; i < found.count; i++) {
          assert.equal(!kept.includes(i), kept.some((k) => k < i && clash(k, i)));
        }
      },
    ),
  );
});

Deno.test("selected rows keep their boxes, scores and classes together", () => {
  const found = detections([[0, 1, 2, 3, 0.5, 4], [5, 6, 7, 8, 0.25, 9]]);
  assert.deepEqual(selectDetections(found, [1]), detections([[5, 6, 7, 8, 0.25, 9]]));
});

Deno.test("clipped boxes end at the borders of the image, and boxes outside it are dropped", () => {
  const clipped = clipDetections(detections([[-3, 2, 50, 40, 0.5, 3], [25, 0, 40, 9, 0.4, 1]]), 20, 30);
  assert.deepEqual(clipped, detections([[0, 2, 20, 30, 0.5, 3]]));
});
