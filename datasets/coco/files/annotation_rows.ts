/**
 * The columns of an annotation file while they grow.
 *
 * @module
 */
import type { ReadOptions } from "./annotations.ts";
import { byteColumn, float64Column } from "./columns.ts";
import { KeypointsReader } from "./keypoints_reader.ts";
import { SegmentationsReader } from "../masks/segmentations_reader.ts";

/** Collects annotations row by row, ids as their codes; see {@linkcode Annotations} for the columns. */
export class AnnotationRows {
  readonly id = float64Column();
  readonly imageId = float64Column();
  readonly categoryId = float64Column();
  readonly box = float64Column();
  readonly area = float64Column();
  readonly crowd = byteColumn();
  readonly ignored = byteColumn();
  readonly masks: SegmentationsReader | undefined;
  readonly keypoints: KeypointsReader | undefined;
  /** How many annotations lack what the name says. */
  withoutArea = 0;
  withoutCrowd = 0;
  withoutMask = 0;
  withoutKeypoints = 0;
  withoutNumber = 0;

  /** Whether objects can be neither missed nor found. */
  readonly withIgnored: boolean;

  constructor({ masks, keypoints, pycocotoolsCompat, honorIgnore = false, lvis = false }: ReadOptions) {
    this.withIgnored = honorIgnore || lvis || keypoints !== undefined;
    if (keypoints !== undefined) this.keypoints = new KeypointsReader(keypoints);
    if (masks) this.masks = new SegmentationsReader(pycocotoolsCompat);
  }

  /** Adds an annotation, with the mask and the keypoints that were read last. */
  push(
    id: number,
    imageId: number,
    categoryId: number,
    box: Float64Array,
    area: number,
    crowd: number,
    ignored: number,
  ): void {
    this.id.push(id);
    this.imageId.push(imageId);
    this.categoryId.push(categoryId);
    this.box.reserve(4);
    for (let i = 0; i < 4; i++) this.box.push(box[i]);
    this.area.push(area);
    this.crowd.push(crowd);
    if (this.withIgnored) this.ignored.push(ignored);
    this.masks?.commit();
    this.keypoints?.commit();
  }
}
