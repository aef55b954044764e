/** Small sets of tests/parity/coco_kinds.py. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readAnnotations } from "../../../datasets/coco/files/annotations.ts";
import { readDetections } from "../../../datasets/coco/files/detections.ts";
import { evaluateCoco } from "../../../datasets/coco/evaluate.ts";
import { type CocoParams, cocoParams } from "../../../datasets/coco/params.ts";
import { summarize, summaryLines } from "../../../datasets/coco/summarize.ts";
import { ROOT } from "../../support/shared.ts";
import { json } from "./support.ts";

interface Kind {
  readonly name: string;
  readonly params: Partial<CocoParams>;
  readonly truth: unknown;
  readonly results: unknown;
  readonly stats: readonly number[];
  readonly lines: readonly string[];
  readonly sha256: Readonly<Partial<Record<"precision" | "recall" | "scores", string>>>;
}

const KINDS: readonly Kind[] = JSON.parse(Deno.readTextFileSync(`${ROOT}tests/fixtures/coco/kinds.json`));

for (const { name, params, truth, results, stats, lines, sha256 } of KINDS) {
  const reference = params.lvis ? "lvis-api" : "pycocotools";
  Deno.test(`${name}: tensors, numbers and lines are those of ${reference}`, () => {
    for (const pycocotoolsCompat of [true, false]) {
      const all = cocoParams({ ...params, pycocotoolsCompat });
      const reading = { masks: all.iouType === "segm", keypoints: all.oksSigmas?.length, lvis: all.lvis };
      const annotations = readAnnotations(json(truth), reading);
      const result = evaluateCoco(annotations, readDetections(json(results), annotations, reading), all);
      for (const tensor of ["precision", "recall", "scores"] as const) {
        if (sha256[tensor] === undefined) continue;
        const digest = createHash("sha256").update(new Uint8Array(result[tensor].buffer)).digest("hex");
        assert.equal(digest, sha256[tensor], tensor);
      }
      Object.values(summarize(result)).forEach((value, i) =>
        assert.ok(Math.abs(value - stats[i]) < 1e-12, `number ${i}: ${value} instead of ${stats[i]}`)
      );
      assert.deepEqual(summaryLines(result), lines);
    }
  });
}
