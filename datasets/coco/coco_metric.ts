/**
 * COCO's evaluation as an accumulator: image after image, on as many machines as there are.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import type { Metric } from "../metric.ts";
import { accumulate, type CocoResult } from "./accumulate.ts";
import type { Annotations } from "./annotations.ts";
import { type Detection, DetectionList } from "./detection_list.ts";
import type { CocoDetections } from "./detections.ts";
import { matchDetections } from "./evaluate.ts";
import { type Matches, mergeMatches } from "./matches.ts";
import { type MatchesJson, matchesToJson } from "./matches_json.ts";
import { type CocoParams, cocoParams } from "./params.ts";

/** What was found in one image. */
export interface ImageDetections {
  readonly imageId: number;
  readonly detections: readonly Omit<Detection, "imageId">[];
}

/**
 * Evaluates the images that were added, against the annotations of these images. An image in which nothing
 * was found has to be added too, or its objects are not counted as missed.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readAnnotations } from "./annotations.ts";
 * import { CocoMetric } from "./coco_metric.ts";
 * const bytes = new TextEncoder().encode(JSON.stringify({
 *   images: [{ id: 7 }, { id: 8 }],
 *   annotations: [{ id: 1, image_id: 7, category_id: 17, bbox: [10, 20, 30, 40], area: 1200, iscrowd: 0 }],
 *   categories: [{ id: 17, name: "cat" }],
 * }));
 * const truth = readAnnotations({ name: "cats.json", bytes });
 * const here = new CocoMetric(truth), elsewhere = new CocoMetric(truth);
 * here.add({ imageId: 7, detections: [{ categoryId: 17, box: [10, 20, 30, 40], score: 0.9 }] });
 * elsewhere.add({ imageId: 8, detections: [] });
 * here.merge(elsewhere);
 * assert.ok(here.result().images === 2);
 * ```
 */
export class CocoMetric implements Metric<[ImageDetections], CocoResult> {
  readonly #truth: Annotations;
  readonly #params: CocoParams;
  readonly #list: DetectionList;
  readonly #imageIds = new Set<number>();
  /** States taken over from others. */
  readonly #others: Matches[] = [];

  constructor(truth: Annotations, params: CocoParams = cocoParams()) {
    this.#truth = truth;
    this.#params = params;
    this.#list = new DetectionList(truth);
  }

  /**
   * Adds one image.
   *
   * @throws {BneckError} The image was added before, or is not in the annotations.
   */
  add({ imageId, detections }: ImageDetections): void {
    if (this.#imageIds.has(imageId)) throw usageError(`cannot evaluate image ${imageId} twice`);
    for (const detection of detections) this.#list.add({ ...detection, imageId });
    this.#imageIds.add(imageId);
  }

  /** Takes over the images of another metric; none may be in both. */
  merge(other: this): void {
    this.#others.push(other.matches());
  }

  /** The state: what became of each detection. */
  matches(): Matches {
    const own = matchDetections(this.#truth, this.detections(), this.#params, [...this.#imageIds]);
    return mergeMatches([own, ...this.#others]);
  }

  /** The detections that were added here, without those of merged metrics. */
  detections(): CocoDetections {
    return this.#list.finish();
  }

  result(): CocoResult {
    return accumulate(this.matches());
  }

  toJSON(): MatchesJson {
    return matchesToJson(this.matches());
  }
}
