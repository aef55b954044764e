/** A small sound set, and the set after a change. */
import { readAnnotations, type ReadOptions } from "../../../datasets/coco/files/annotations.ts";
import { readDetections } from "../../../datasets/coco/files/detections.ts";
import { evaluateCoco, evaluationWarnings } from "../../../datasets/coco/evaluate.ts";
import type { JsonInput } from "../../../datasets/coco/json/json_file.ts";
import { cocoParams } from "../../../datasets/coco/params.ts";
import { summarize } from "../../../datasets/coco/summarize.ts";
import { json, object } from "./support.ts";

/** A value of any shape. */
// deno-lint-ignore no-explicit-any
export type Json = any;

export const square = (
  x: number,
  y: number,
  side: number,
) => [[x, y, x + side, y, x + side, y + side, x, y + side]];

/** Two images with two objects each; everything is found but one, and there is a false alarm. */
export function good(): { truth: Json; found: Json[] } {
  const truth = {
    images: [{ id: 1, width: 200, height: 100, file_name: "0001.jpg" }, {
      id: 2,
      width: 200,
      height: 100,
      file_name: "0002.jpg",
    }],
    annotations: [
      object(1, 1, 1, [10, 10, 20, 20], { segmentation: square(10, 10, 20) }),
      object(2, 1, 2, [100, 10, 50, 50], { segmentation: square(100, 10, 50) }),
      object(3, 2, 1, [60, 60, 30, 30], { segmentation: square(60, 60, 30) }),
      object(4, 2, 1, [120, 20, 40, 40], { segmentation: square(120, 20, 40) }),
    ],
    categories: [{ id: 1, name: "apple" }, { id: 2, name: "pear" }],
  };
  const found = [
    { image_id: 1, category_id: 1, bbox: [10, 11, 20, 20], score: 0.9, segmentation: square(10, 11, 20) },
    { image_id: 1, category_id: 2, bbox: [100, 10, 50, 50], score: 0.8, segmentation: square(100, 10, 50) },
    { image_id: 2, category_id: 1, bbox: [60, 60, 30, 30], score: 0.04, segmentation: square(60, 60, 30) },
    { image_id: 2, category_id: 1, bbox: [10, 20, 40, 40], score: 0.5, segmentation: square(10, 20, 40) },
  ];
  return { truth, found };
}

/** The good set after `change`, evaluated. */
export function after(
  change: (set: { truth: Json; found: Json[] }) => void,
  { iouType = "bbox", ...options }: ReadOptions & { iouType?: "bbox" | "segm" } = {},
  encode: (value: unknown, name: string) => JsonInput = json,
): { AP: number; warnings: string } {
  const set = good();
  change(set);
  const reading = { masks: iouType === "segm", ...options };
  const truth = readAnnotations(encode(set.truth, "gt.json"), reading);
  const found = readDetections(encode(set.found, "dt.json"), truth, reading);
  const params = cocoParams({ iouType, pycocotoolsCompat: options.pycocotoolsCompat ?? false });
  const { AP } = summarize(evaluateCoco(truth, found, params));
  return { AP, warnings: evaluationWarnings(truth, found, params).join("\n") };
}

export const SOUND = after(() => {});
