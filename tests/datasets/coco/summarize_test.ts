import assert from "node:assert/strict";
import { evaluateCoco } from "../../../datasets/coco/evaluate.ts";
import { cocoParams } from "../../../datasets/coco/params.ts";
import {
  meanOf,
  meanStatistics,
  STATISTICS,
  summarize,
  summaryLines,
  threeDecimals,
} from "../../../datasets/coco/summarize.ts";
import { categoryTable, precisionRecallCurves } from "../../../datasets/coco/by_category.ts";
import { object, readBoth } from "./support.ts";

/** Cats are found, one of two dogs after a false alarm, and there is no horse. */
const { truth, detections } = readBoth({
  images: [{ id: 1 }],
  annotations: [
    object(1, 1, 1, [0, 0, 40, 40]),
    object(2, 1, 2, [50, 50, 40, 40]),
    object(3, 1, 2, [0, 90, 10, 10]),
  ],
  categories: [{ id: 1, name: "cat" }, { id: 2, name: "dog" }, { id: 3, name: "horse" }],
}, [
  { image_id: 1, category_id: 1, bbox: [0, 0, 40, 40], score: 0.9 },
  { image_id: 1, category_id: 2, bbox: [200, 50, 40, 40], score: 0.8 },
  { image_id: 1, category_id: 2, bbox: [50, 50, 40, 40], score: 0.7 },
]);
const result = evaluateCoco(truth, detections);
const close = (value: number, expected: number) => assert.ok(Math.abs(value - expected) < 1e-9, `${value}`);

Deno.test("the twelve numbers are means over what can be measured", () => {
  const statistics = summarize(result);
  close(statistics.AP, (1 + 51 / 101 / 2) / 2);
  assert.equal(statistics.AR1, 0.5);
  assert.equal(statistics.AR100, 0.75);
  assert.equal(statistics.APlarge, -1);
  assert.deepEqual(Object.keys(statistics), [...STATISTICS]);
});

Deno.test("the lines are pycocotools'", () => {
  const lines = summaryLines(result);
  assert.equal(lines[0], " Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.626");
  assert.equal(lines[2], " Average Precision  (AP) @[ IoU=0.75      | area=   all | maxDets=100 ] = 0.626");
  assert.equal(lines[6], " Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.500");
  assert.equal(lines[11], " Average Recall     (AR) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = -1.000");
});

Deno.test("each category has its own numbers", () => {
  const [cat, dog, horse] = categoryTable(result);
  assert.deepEqual([cat, dog, horse].map(({ category, truths }) => [category.name, truths]), [
    ["cat", 1],
    ["dog", 2],
    ["horse", 0],
  ]);
  close(cat.statistics.AP, 1);
  close(dog.statistics.AP, 51 / 101 / 2);
  assert.equal(horse.statistics.AP, -1);
  assert.equal(dog.statistics.ARsmall, 0);
});

Deno.test("any part of the tensors has a mean", () => {
  assert.equal(meanOf(result, { measure: "recall", maxDetections: 10, category: 1, iouThreshold: 0.5 }), 0.5);
  assert.equal(meanOf(result, { measure: "recall", maxDetections: 10, category: 1, area: "medium" }), 1);
  assert.equal(meanOf(result, { measure: "recall", maxDetections: 7 }), -1);
  assert.equal(meanOf(result, { measure: "precision", maxDetections: 100, iouThreshold: 0.51 }), -1);
});

Deno.test("other limits of detections give their names, and AP is at the largest", () => {
  const one = evaluateCoco(truth, detections, cocoParams({ maxDetections: [1] }));
  const { AP, AP50, AR1, AR100 } = summarize(one);
  close(AP, AP50);
  close(AP50, 0.5);
  assert.deepEqual([AR1, AR100], [0.5, undefined]);
  const compat = cocoParams({ maxDetections: [1, 10, 300], pycocotoolsCompat: true });
  const { AP: none, AP75, AR300 } = summarize(evaluateCoco(truth, detections, compat));
  assert.deepEqual([none, AP75, AR300], [-1, summarize(result).AP75, 0.75]);
});

Deno.test("curves have the best trade-off of precision and recall", () => {
  const curves = precisionRecallCurves(result);
  assert.deepEqual(curves.map(({ category }) => category.name), ["cat", "dog"]);
  const [cat, dog] = curves;
  close(cat.best.f1, 1);
  assert.equal(dog.precision[50], 0.5);
  assert.equal(dog.precision[51], 0);
  assert.deepEqual([dog.best.recall, dog.best.score], [0.5, 0.7]);
  assert.deepEqual(precisionRecallCurves(result, 0.123), []);
});

Deno.test("three decimals round as Python's do", () => {
  for (
    const [value, printed] of [
      [0.0625, "0.062"],
      [0.1875, "0.188"],
      [0.3125, "0.312"],
      [0.4375, "0.438"],
      [0.0005, "0.001"],
      [0.5045806987249628, "0.505"],
      [1, "1.000"],
      [-1, "-1.000"],
      [0.9375, "0.938"],
    ] as const
  ) assert.equal(threeDecimals(value), printed);
});

Deno.test("the mean over sets is of those that can be measured, and -1 without any", () => {
  assert.deepEqual(meanStatistics([{ AP: 0.5, AR1: -1 }, { AP: 0.25, AR1: 1 }]), { AP: 0.375, AR1: 1 });
  assert.deepEqual(meanStatistics([{ AP: -1 }, { AP: -1 }]), { AP: -1 });
  assert.deepEqual(meanStatistics([{ AP: 0 }, { AP: -1 }]), { AP: 0 });
});
