import assert from "node:assert/strict";
import { type CocoParams, cocoParams, linspace } from "../../../datasets/coco/params.ts";
import { shared, testWithShared } from "../../support/shared.ts";
import { refuses } from "./support.ts";

Deno.test("thresholds are numpy's, not the decimals one would write", () => {
  const { iouThresholds, recallThresholds } = cocoParams();
  assert.equal(iouThresholds[8], 0.8999999999999999);
  assert.equal(recallThresholds[35], 0.35000000000000003);
  assert.deepEqual(linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1]);
});

testWithShared("golden/coco_params.json", "the defaults are pycocotools'", () => {
  const golden = JSON.parse(Deno.readTextFileSync(shared("golden/coco_params.json")));
  const params = cocoParams();
  assert.deepEqual(params.iouThresholds, golden.iouThrs);
  assert.deepEqual(params.recallThresholds, golden.recThrs);
  assert.deepEqual(params.maxDetections, golden.maxDets);
  assert.deepEqual(params.areaRanges.map(({ min, max }) => [min, max]), golden.areaRng);
  assert.deepEqual(params.areaRanges.map(({ label }) => label), golden.areaRngLbl);
});

Deno.test("limits of detections are put in order", () => {
  assert.deepEqual(cocoParams({ maxDetections: [100, 1, 10] }).maxDetections, [1, 10, 100]);
});

Deno.test("parameters that mean nothing are refused", () => {
  for (
    const [change, pattern] of [
      [{ iouType: "oks" }, /"oks" is neither "bbox" nor "segm" nor "keypoints"/],
      [{ iouThresholds: [] }, /iouThresholds is empty/],
      [{ recallThresholds: [NaN] }, /a threshold is not a number/],
      [{ maxDetections: [0] }, /maxDetections must be whole numbers from 1, got 0/],
      [{ maxDetections: [1.5] }, /maxDetections must be whole numbers from 1, got 1\.5/],
      [{ areaRanges: [{ label: "x", min: 5, max: 4 }] }, /an area range ends before it begins/],
      [{ areaRanges: Array(32).fill({ label: "x", min: 0, max: 4 }) }, /at most 31 area ranges, got 32/],
    ] as const
  ) refuses(() => cocoParams(change as Partial<CocoParams>), pattern);
});
