import assert from "node:assert/strict";
import { readAnnotations } from "../../../datasets/coco/files/annotations.ts";
import { readDetections } from "../../../datasets/coco/files/detections.ts";
import { evaluateCoco } from "../../../datasets/coco/evaluate.ts";
import { cocoParams } from "../../../datasets/coco/params.ts";
import { categoryTable } from "../../../datasets/coco/by_category.ts";
import { shared, testWithShared } from "../../support/shared.ts";
import { checkCase, checkResult, type Expected, type GoldenCase, keptCases, text } from "./support.ts";

for (const golden of keptCases()) {
  Deno.test(`the kept edge case ${golden.name} equals pycocotools`, () => checkCase(golden));
}

testWithShared("golden/edge", "all 47 edge cases equal pycocotools, tensors bit for bit", async (t) => {
  const { cases } = JSON.parse(Deno.readTextFileSync(shared("golden/edge_index.json"))) as {
    cases: string[];
  };
  assert.equal(cases.length, 47);
  for (const name of cases) {
    const golden = JSON.parse(Deno.readTextFileSync(shared(`golden/edge/${name}.json`))) as GoldenCase;
    await t.step(name, () => checkCase(golden));
  }
});

interface GoldenFile extends Expected {
  per_category: { category_id: number; AP: number[]; AP50: number; AR: number[][] }[];
}

for (const iouType of ["bbox", "segm"] as const) {
  testWithShared(
    ["golden/coco_demo.json", "data/coco-demo"],
    `the official demo equals pycocotools (${iouType})`,
    () => {
      const expected = JSON.parse(
        Deno.readTextFileSync(shared("golden/coco_demo.json")),
      )[iouType] as GoldenFile;
      const options = { masks: iouType === "segm", pycocotoolsCompat: true };
      const truth = readAnnotations(shared("data/coco-demo/instances_val2014_100.json"), options);
      const results = `data/coco-demo/instances_val2014_fake${iouType}100_results.json`;
      const result = evaluateCoco(
        truth,
        readDetections(shared(results), truth, options),
        cocoParams({ iouType }),
      );
      checkResult(result, expected);

      const near = (value: number, reference: number) => assert.ok(Math.abs(value - reference) <= 1e-12);
      const table = categoryTable(result);
      assert.deepEqual(
        table.map(({ category }) => category.id),
        expected.per_category.map((one) => one.category_id),
      );
      table.forEach(({ statistics }, k) => {
        const { AP, AP50, AR } = expected.per_category[k];
        near(statistics.AP, AP[0]);
        near(statistics.APsmall, AP[1]);
        near(statistics.APmedium, AP[2]);
        near(statistics.APlarge, AP[3]);
        near(statistics.AP50, AP50);
        near(statistics.AR1, AR[0][0]);
        near(statistics.AR10, AR[0][1]);
        near(statistics.AR100, AR[0][2]);
        near(statistics.ARlarge, AR[3][2]);
      });
    },
  );
}

for (const images of [200, 1000]) {
  const needed = ["golden/coco_scale.json", "tools/gen_coco_scale.mjs"];
  testWithShared(needed, `the scale benchmark of ${images} images equals pycocotools`, async () => {
    const { generate } = await import(shared("tools/gen_coco_scale.mjs"));
    const { seed, sets } = JSON.parse(Deno.readTextFileSync(shared("golden/coco_scale.json")));
    const { gt, dt } = generate(images, seed) as { gt: string; dt: string };
    const truth = readAnnotations(text(gt, "gt.json"));
    checkResult(evaluateCoco(truth, readDetections(text(dt, "dt.json"), truth)), sets[images]);
  });
}
