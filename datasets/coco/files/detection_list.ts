/**
 * Detections that a program makes, and COCO result files of them.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import type { Annotations } from "./annotations.ts";
import { DetectionRows } from "./detection_rows.ts";
import type { CocoDetections } from "./detections.ts";
import { type CocoId, idAsJsonText, quotedId } from "../ids.ts";
import type { Rle } from "../masks/rle.ts";
import { maskOf, SegmentationKind } from "../masks/segmentations.ts";
import { SegmentationsReader } from "../masks/segmentations_reader.ts";
import { compressCounts } from "../masks/rle_string.ts";

/** One detection, as a result file has it. */
export interface Detection {
  readonly imageId: CocoId;
  readonly categoryId: CocoId;
  /** x, y, width, height in pixels. */
  readonly box: readonly [number, number, number, number];
  readonly score: number;
  /** For instance segmentation. */
  readonly mask?: Rle;
}

/**
 * Collects detections against an annotation file.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readAnnotations } from "./annotations.ts";
 * import { DetectionList } from "./detection_list.ts";
 * const bytes = new TextEncoder().encode('{"images":[{"id":7}],"annotations":[],"categories":[{"id":17,"name":"cat"}]}');
 * const list = new DetectionList(readAnnotations({ name: "cat.json", bytes }));
 * list.add({ imageId: 7, categoryId: 17, box: [10, 20, 30, 40], score: 0.9 });
 * assert.ok(list.finish().length === 1);
 * ```
 */
export class DetectionList {
  readonly #truth: Annotations;
  readonly #name: string;
  readonly #images: ReadonlyMap<CocoId, number>;
  readonly #categories: ReadonlyMap<CocoId, number>;
  readonly #rows = new DetectionRows();
  readonly #masks = new SegmentationsReader();
  #withMasks = false;

  /** `name` is what errors and warnings call the detections. */
  constructor(truth: Annotations, name = "the detections") {
    this.#truth = truth;
    this.#name = name;
    this.#images = new Map(truth.images.map(({ id }, index) => [id, index]));
    this.#categories = new Map(truth.categories.map(({ id }, index) => [id, index]));
  }

  /**
   * Adds a detection.
   *
   * @throws {BneckError} The annotations do not have its ids, or its box or score is NaN.
   */
  add({ imageId, categoryId, box, score, mask }: Detection): void {
    const image = this.#images.get(imageId), category = this.#categories.get(categoryId);
    if (image === undefined) {
      throw usageError(`${this.#name}: image ${quotedId(imageId)} is not in ${this.#truth.name}`);
    }
    if (category === undefined) {
      throw usageError(`${this.#name}: category ${quotedId(categoryId)} is not in ${this.#truth.name}`);
    }
    const [x, y, width, height] = box;
    if (Number.isNaN(x + y + width + height + score)) {
      throw usageError(
        `${this.#name}: a detection of image ${quotedId(imageId)} has NaN in its box or score`,
      );
    }
    this.#rows.push(image, category, x, y, width, height, score);
    this.#masks.begin();
    if (mask) {
      this.#withMasks = true;
      this.#masks.addRuns(mask);
    }
    this.#masks.commit();
  }

  /** The detections so far. */
  finish(): CocoDetections {
    const { length } = this.#rows;
    const columns = this.#rows.finish();
    const area = new Float64Array(length);
    for (let row = 0; row < length; row++) area[row] = columns.box[4 * row + 2] * columns.box[4 * row + 3];
    const segmentations = this.#withMasks ? this.#masks.finish() : undefined;
    return { name: this.#name, length, ...columns, area, segmentations, warnings: [] };
  }
}

const ROWS_AT_ONCE = 2000;

/**
 * The text of a COCO result file, in pieces; every number is written so that reading gives the same double.
 * Detections of unknown categories are left out.
 */
export function* detectionsToJson(detections: CocoDetections, truth: Annotations): Generator<string> {
  const { box, score, segmentations } = detections;
  let piece = "[", separator = "\n";
  for (let row = 0; row < detections.length; row++) {
    if (detections.category[row] < 0) continue;
    const image = truth.images[detections.image[row]], category = truth.categories[detections.category[row]];
    const [x, y, width, height] = box.subarray(4 * row, 4 * row + 4);
    piece += `${separator}{"image_id":${idAsJsonText(image.id)},"category_id":${idAsJsonText(category.id)},` +
      `"bbox":[${x},${y},${width},${height}],"score":${score[row]}`;
    if (segmentations && segmentations.kind[row] !== SegmentationKind.none) {
      const mask = maskOf(segmentations, row, image)!;
      const counts = JSON.stringify(compressCounts(mask.counts));
      piece += `,"segmentation":{"size":[${mask.height},${mask.width}],"counts":${counts}}`;
    }
    piece += "}";
    separator = ",\n";
    if (row % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) {
      yield piece;
      piece = "";
    }
  }
  yield `${piece}\n]\n`;
}
