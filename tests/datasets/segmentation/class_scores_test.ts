import assert from "node:assert/strict";
import { classRows, mistakesOf, rowShares } from "../../../datasets/segmentation/mod.ts";

const PIXELS = {
  names: ["road", "car", "train"],
  colors: [[1, 2, 3], undefined, undefined],
  matrix: [[6, 2, 0, 0], [1, 1, 0, 2], [0, 0, 0, 0]],
} as const;

Deno.test("rows have IoU, recall, precision, share and the most frequent mistake of each class", () => {
  const [road, car, train] = classRows(PIXELS);
  assert.deepEqual({ ...road, mistaken: road.mistaken?.prediction }, {
    name: "road",
    color: [1, 2, 3],
    iou: 6 / 9,
    recall: 6 / 8,
    precision: 6 / 7,
    share: 8 / 12,
    mistaken: "car",
  });
  assert.deepEqual([car.iou, car.mistaken], [1 / 6, {
    truth: "car",
    prediction: "none of them",
    pixels: 2,
    share: 2 / 4,
  }]);
  assert.deepEqual([train.iou, train.recall, train.precision, train.share, train.mistaken], [
    null,
    null,
    null,
    0,
    null,
  ]);
});

Deno.test("mistakes come with the most pixels first", () => {
  assert.deepEqual(mistakesOf(PIXELS).map(({ truth, prediction, pixels }) => [truth, prediction, pixels]), [
    ["road", "car", 2],
    ["car", "none of them", 2],
    ["car", "road", 1],
  ]);
});

Deno.test("rows of shares leave the last column out where nothing is in it", () => {
  assert.deepEqual(rowShares(PIXELS), {
    columns: ["road", "car", "train", "none of them"],
    shares: [[0.75, 0.25, 0, 0], [0.25, 0.25, 0, 0.5], [null, null, null, null]],
  });
  const tidy = { ...PIXELS, matrix: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] };
  assert.deepEqual(rowShares(tidy).columns, PIXELS.names);
});
