import assert from "node:assert/strict";
import fc from "fast-check";
import { segmentationScores } from "../../../datasets/segmentation/segmentation_scores.ts";

const CLASSES = [{ id: 0, name: "road" }, { id: 5, name: "car" }, { id: 6, name: "sky" }];

Deno.test("segmentationScores() gives the figures of a matrix worked by hand", () => {
  const scores = segmentationScores(
    [
      [6, 1, 0, 1], // road: 8 pixels, one predicted as ignored
      [2, 3, 0, 0], // car: 5 pixels
      [0, 0, 0, 0], // sky: in neither
      [9, 9, 0, 9], // ignored
    ].flat(),
    CLASSES,
  );
  assert.deepEqual(scores.classes.map(({ iou }) => iou), [6 / 10, 3 / 6, null]);
  assert.deepEqual(scores.classes.map(({ accuracy }) => accuracy), [6 / 8, 3 / 5, null]);
  assert.deepEqual(scores.classes.map(({ precision }) => precision), [6 / 8, 3 / 4, null]);
  assert.deepEqual(scores.classes.map(({ pixels }) => pixels), [8, 5, 0]);
  assert.equal(scores.meanIou, (6 / 10 + 3 / 6) / 2);
  assert.equal(scores.pixelAccuracy, 9 / 13);
  assert.equal(scores.meanAccuracy, (6 / 8 + 3 / 5) / 2);
  assert.equal(scores.frequencyWeightedIou, (8 * 0.6 + 5 * 0.5) / 13);
  assert.deepEqual([scores.pixels, scores.ignoredPixels], [13, 27]);
});

Deno.test("a class that is predicted but has no ground truth has IoU 0 and no accuracy", () => {
  const scores = segmentationScores([4, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], CLASSES);
  assert.deepEqual(scores.classes.map(({ iou }) => iou), [4 / 6, null, 0]);
  assert.equal(scores.meanIou, (4 / 6) / 2);
  assert.equal(scores.meanAccuracy, 4 / 6);
});

Deno.test("with nothing to score every figure is null", () => {
  const counts = new Float64Array(16);
  counts[15] = 7;
  const scores = segmentationScores(counts, CLASSES);
  assert.deepEqual(
    [scores.meanIou, scores.pixelAccuracy, scores.meanAccuracy, scores.frequencyWeightedIou],
    [null, null, null, null],
  );
  assert.equal(scores.ignoredPixels, 7);
});

Deno.test("a diagonal matrix scores 1 everywhere", () => {
  fc.assert(fc.property(fc.tuple(fc.integer({ min: 1 }), fc.nat(), fc.nat(), fc.nat()), (diagonal) => {
    const counts = new Float64Array(16);
    diagonal.forEach((pixels, k) => counts[k * 5] = pixels);
    const scores = segmentationScores(counts, CLASSES);
    assert.equal(scores.meanIou, 1);
    assert.equal(scores.pixelAccuracy, 1);
    assert.equal(scores.frequencyWeightedIou, 1);
  }));
});
