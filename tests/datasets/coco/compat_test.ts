import assert from "node:assert/strict";
import { evaluateCoco } from "../../../datasets/coco/evaluate.ts";
import { summarize } from "../../../datasets/coco/summarize.ts";
import { cocoParams } from "../../../datasets/coco/params.ts";
import { shared, testWithShared } from "../../support/shared.ts";
import { checkResult, type GoldenCase, keptCases, paramsOf, readBoth } from "./support.ts";

/** What pycocotools does by accident or silently, and how it is treated unless asked to do the same. */
const OTHERWISE: Record<string, "refused" | "evaluated" | "other numbers"> = {
  // Checked instead of read silently.
  zero_area: "refused",
  categories_without_gt: "refused",
  // Evaluated instead of failing.
  empty_detections: "evaluated",
  missing_iscrowd: "evaluated",
  segm_polygon_detections_no_bbox: "evaluated",
  segm_uncompressed_detection: "evaluated",
  // The object of id 0 can be found, and each object of a repeated id.
  gt_id_zero: "other numbers",
  duplicate_ids_same_image: "other numbers",
  duplicate_ids_across_images: "other numbers",
  // AP is at 300 detections, since none of the limits is 100.
  maxdets_1_10_300: "other numbers",
};

function outcome(golden: GoldenCase): "as pycocotools" | "refused" | "evaluated" | "other numbers" {
  let result;
  try {
    const { truth, detections } = readBoth(golden.gt, golden.dt, { masks: golden.iouType === "segm" });
    result = evaluateCoco(truth, detections, { ...paramsOf(golden), pycocotoolsCompat: false });
  } catch {
    return golden.expected.error ? "as pycocotools" : "refused";
  }
  if (golden.expected.error) return "evaluated";
  try {
    checkResult(result, golden.expected);
    return "as pycocotools";
  } catch {
    return "other numbers";
  }
}

Deno.test("without the pycocotools mode, only the documented cases differ", () => {
  for (const golden of keptCases()) {
    assert.equal(outcome(golden), OTHERWISE[golden.name] ?? "as pycocotools", golden.name);
  }
});

testWithShared("golden/edge", "without the pycocotools mode, 37 of the 47 edge cases are the same", () => {
  const { cases } = JSON.parse(Deno.readTextFileSync(shared("golden/edge_index.json"))) as {
    cases: string[];
  };
  let same = 0;
  for (const name of cases) {
    const golden = JSON.parse(Deno.readTextFileSync(shared(`golden/edge/${name}.json`))) as GoldenCase;
    assert.equal(outcome(golden), OTHERWISE[name] ?? "as pycocotools", name);
    if (!OTHERWISE[name]) same++;
  }
  assert.equal(same, 37);
});

Deno.test("an object of id 0 is found unless pycocotools is to be repeated", () => {
  const golden = keptCases().find(({ name }) => name === "gt_id_zero")!;
  const { truth, detections } = readBoth(golden.gt, golden.dt);
  const found = summarize(evaluateCoco(truth, detections));
  const missed = summarize(evaluateCoco(truth, detections, cocoParams({ pycocotoolsCompat: true })));
  assert.ok(found.AP > 0.99);
  assert.ok(missed.AP < 0.3);
  assert.match(truth.warnings.join(), /1 annotation has the id 0/);
});
