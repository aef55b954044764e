/**
 * Compares keypoints with pycocotools and federated sets with lvis-api: the tensors must be equal bit for bit, the printed
 * lines word for word.
 *
 *     python tests/parity/coco_kinds.py FOLDER 10000
 *     deno run --allow-read tests/parity/coco_kinds.ts FOLDER
 */
import assert from "node:assert/strict";
import { readAnnotations } from "../../datasets/coco/files/annotations.ts";
import { readDetections } from "../../datasets/coco/files/detections.ts";
import { evaluateCoco } from "../../datasets/coco/evaluate.ts";
import { type CocoParams, cocoParams } from "../../datasets/coco/params.ts";
import { summarize, summaryLines } from "../../datasets/coco/summarize.ts";

interface Expected {
  readonly params: Partial<CocoParams>;
  readonly stats: readonly number[];
  readonly lines: readonly string[];
}

const [folder] = Deno.args;
for (const { name: file } of Deno.readDirSync(folder)) {
  if (!file.endsWith(".expected.json")) continue;
  const path = `${folder}/${file.slice(0, -".expected.json".length)}`;
  const expected: Expected = JSON.parse(Deno.readTextFileSync(`${path}.expected.json`));
  for (const pycocotoolsCompat of [true, false]) {
    const params = cocoParams({ ...expected.params, pycocotoolsCompat });
    const { iouType, lvis, oksSigmas } = params;
    const reading = { masks: iouType === "segm", keypoints: oksSigmas?.length, lvis };
    const truth = readAnnotations(`${path}.truth.json`, reading);
    const found = readDetections(`${path}.results.json`, truth, reading);
    const result = evaluateCoco(truth, found, params);
    for (const tensor of ["precision", "recall", "scores"] as const) {
      // lvis-api keeps no scores.
      if (tensor === "scores" && lvis) continue;
      const bytes = Deno.readFileSync(`${path}.${tensor}.f64`);
      assert.deepEqual(result[tensor], new Float64Array(bytes.buffer), `${path}: ${tensor}`);
    }
    const statistics = Object.values(summarize(result));
    assert.equal(statistics.length, expected.stats.length);
    statistics.forEach((value, i) => assert.ok(Math.abs(value - expected.stats[i]) < 1e-12));
    assert.deepEqual(summaryLines(result), expected.lines);
    const { length } = truth;
    console.log(`${path}: equal; ${length} objects, ${found.length} detections, AP ${statistics[0]}`);
  }
}
