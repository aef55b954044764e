import assert from "node:assert/strict";
import { BneckError, ExitStatus } from "../../../core/errors.ts";
import { CocoMetric, cocoSet, type ImageDetections } from "../../../datasets/coco/mod.ts";
import { evaluate } from "../../../models/evaluation/mod.ts";
import { findModel } from "../../../models/registry.ts";
import { json } from "../../datasets/coco/support.ts";
import { copy, inFolder, write } from "../../support/folders.ts";
import { STREET_PHOTO } from "../../support/street.ts";

/** Annotations of some photos, with one car that the embedded detector finds and a class that it lacks. */
function annotationsOf(fileNames: readonly string[]) {
  return json({
    images: fileNames.map((file_name, i) => ({ id: i + 1, file_name, width: 480, height: 360 })),
    annotations: [{ id: 1, image_id: 1, category_id: 8, bbox: [1, 2, 30, 40], area: 1200, iscrowd: 0 }],
    categories: [{ id: 1, name: "unicorn" }, { id: 8, name: "Car" }],
  });
}

const MODEL = findModel("mb3-large-075");

Deno.test("a detector is run over a set, and its detections have the digits of a results file", () =>
  inFolder(async (cwd) => {
    await copy(STREET_PHOTO, `${cwd}/1.png`);
    await copy(STREET_PHOTO, `${cwd}/2.png`);
    const set = await cocoSet(annotationsOf(["1.png", "2.png"]), cwd);
    const metric = new CocoMetric(set.annotations);
    const found: ImageDetections[] = [];
    await evaluate<(typeof set.images)[number], ImageDetections, CocoMetric>(MODEL, set, metric, {
      workers: 2,
      onImage: (_image, detections) => found.push(detections),
    });
    assert.deepEqual(found.map(({ imageId }) => imageId), [1, 2]);
    assert.deepEqual(found[0].detections, found[1].detections);
    assert.ok(found[0].detections.length > 1);
    for (const { categoryId, box, score } of found[0].detections) {
      assert.equal(categoryId, 8);
      assert.deepEqual(box, box.map((side) => Number(side.toFixed(3))));
      assert.equal(score, Number(score.toFixed(6)));
      assert.ok(box[0] >= 0 && box[1] >= 0 && box[0] + box[2] <= 480.001 && box[1] + box[3] <= 360.001);
    }
    assert.deepEqual([metric.result().images, metric.detections().length], [
      2,
      2 * found[0].detections.length,
    ]);
  }));

Deno.test("images without files stop the run before it begins, unless they are left out", () =>
  inFolder(async (cwd) => {
    await write(`${cwd}/1.png`, "this is not an image");
    const annotations = annotationsOf(["1.png", "2.png"]);
    const missing = await cocoSet(annotations, cwd);
    const metric = new CocoMetric(missing.annotations);
    await assert.rejects(evaluate(MODEL, missing, metric), (error: unknown) => {
      assert.ok(error instanceof BneckError && error.exitStatus === ExitStatus.usage);
      assert.match(error.message, /1 of 2 images are not in .*, so nothing was run; the first is 2\.png/);
      assert.equal(error.hint?.option, "skipMissing");
      return true;
    });
    const without = await cocoSet(annotations);
    await assert.rejects(evaluate(MODEL, without, metric), /no folder of images was given/);

    const set = await cocoSet(annotations, cwd, { skipMissing: true });
    assert.deepEqual(set.imageIds, [1]);
    await assert.rejects(evaluate(MODEL, set, metric, { workers: 1 }), /1 of 1 images cannot be scored/);
    await evaluate(MODEL, set, metric, {
      workers: 1,
      onFailure: ({ id }) => metric.add({ imageId: id, detections: [] }),
    });
    assert.deepEqual([metric.images, metric.result().detections], [1, 0]);
  }));
