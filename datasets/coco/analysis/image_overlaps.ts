/**
 * How much the detections and truths of one image overlap, whatever their categories.
 *
 * @module
 */
import { usageError } from "../../../core/errors.ts";
import { boxIou } from "../boxes.ts";
import { MaskGroup, maskGroupIou } from "../masks/mask_group.ts";
import type { CocoParams } from "../params.ts";
import type { ComparisonTable } from "../matching/comparison_table.ts";

/** The detections of one image by descending score, and their overlap with its truths. */
export class ImageOverlaps {
  /** Rows of the detections. */
  detections: number[] = [];
  /** Rows of the truths. */
  truths: number[] = [];
  /**
   * IoU of each detection with each truth (for crowds, over the detection's area), `[detections, truths]`.
   */
  iou = new Float64Array(0);
  readonly #table: ComparisonTable;
  readonly #masks: { readonly detections: MaskGroup; readonly truths: MaskGroup } | undefined;

  constructor(table: ComparisonTable, { iouType, lvis }: Pick<CocoParams, "iouType" | "lvis">) {
    this.#table = table;
    if (iouType === "keypoints" || lvis) {
      const what = lvis ? "by the rules of LVIS" : "of keypoints";
      throw usageError(`cannot analyse errors ${what}, only those of boxes and masks by COCO's rules`);
    }
    if (iouType === "segm") {
      this.#masks = { detections: new MaskGroup(table.detections), truths: new MaskGroup(table.truth) };
    }
  }

  /**
   * Turns to an image. Of its detections the best `limit` with at least `minScore` are taken. Overlaps
   * below `minIou` may be given as any number below it.
   */
  select(image: number, minIou: number, limit = Infinity, minScore = -Infinity): void {
    const { truth, detections, imageSizes } = this.#table;
    const { score, source } = detections;
    const found: number[] = [];
    for (let row = detections.start[image]; row < detections.start[image + 1]; row++) {
      if (score[source[row]] >= minScore) found.push(row);
    }
    // Of equal scores the first in the file comes first.
    found.sort((a, b) => score[source[b]] - score[source[a]] || source[a] - source[b]);
    this.detections = found.slice(0, limit);
    this.truths = [];
    for (let row = truth.start[image]; row < truth.start[image + 1]; row++) this.truths.push(row);

    const masks = this.#masks;
    if (masks) {
      masks.detections.begin(imageSizes[2 * image], imageSizes[2 * image + 1]);
      masks.truths.begin(imageSizes[2 * image], imageSizes[2 * image + 1]);
      for (const row of this.detections) masks.detections.add(row);
      for (const row of this.truths) masks.truths.add(row);
    }
    this.iou = new Float64Array(this.detections.length * this.truths.length);
    let at = 0;
    for (let d = 0; d < this.detections.length; d++) {
      for (let t = 0; t < this.truths.length; t++) {
        const truthSource = truth.source[this.truths[t]], crowd = truth.crowd[truthSource] === 1;
        this.iou[at++] = masks
          ? maskGroupIou(masks.detections, d, masks.truths, t, crowd, minIou)
          : boxIou(detections.box, source[this.detections[d]], truth.box, truthSource, crowd);
      }
    }
  }
}
