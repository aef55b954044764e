/**
 * The masks that are compared with one another in one image. Most pairs are too far apart to match, which
 * boxes and areas tell; only the masks of the others are made.
 *
 * @module
 */
import { rleArea, rleBox, runsIou } from "./rle.ts";
import { RunBuffer, SegmentationKind } from "./segmentations.ts";
import type { Rows } from "../matching/comparison_table.ts";

/** Corners to masks: rounding can move the outline of a polygon by so many pixels. */
const POLYGON_MARGIN = 2;

/** Where the only polygon of a box begins and ends. */
const BOX_PARTS = Uint32Array.of(0, 8);

/** Masks of some rows of a table; a row without a mask has its box for one. */
export class MaskGroup {
  readonly runs = new RunBuffer();
  length = 0;
  /** The runs of each mask in `runs.counts`, once made: from `start` to `end`. */
  start = new Int32Array(64);
  end = new Int32Array(64);
  /** 1 once the runs are made. */
  made = new Uint8Array(64);
  /** 1 where area and box are those of the mask; otherwise the box is a larger one and the area unknown. */
  exact = new Uint8Array(64);
  box = new Float64Array(4 * 64);
  area = new Float64Array(64);
  /** Height and width. */
  size = new Float64Array(2 * 64);
  #sourceOf = new Int32Array(64);
  #imageHeight = 0;
  #imageWidth = 0;
  readonly #boxCorners = new Float64Array(8);

  constructor(private readonly rows: Rows) {}

  /** Begins with the masks of an image of this size. */
  begin(imageHeight: number, imageWidth: number): void {
    this.length = 0;
    this.runs.clear();
    this.#imageHeight = imageHeight;
    this.#imageWidth = imageWidth;
  }

  /** Adds the mask of a row. */
  add(row: number): void {
    if (this.length === this.area.length) this.#grow();
    const i = this.length++;
    const masks = this.rows.segmentations;
    const source = this.rows.source[row];
    this.#sourceOf[i] = source;
    this.made[i] = 0;
    if (masks && masks.kind[source] === SegmentationKind.runs) {
      this.exact[i] = 1;
      this.area[i] = masks.area[source];
      for (let k = 0; k < 4; k++) this.box[4 * i + k] = masks.box[4 * source + k];
      this.size[2 * i] = masks.size[2 * source];
      this.size[2 * i + 1] = masks.size[2 * source + 1];
      return;
    }
    this.exact[i] = 0;
    this.size[2 * i] = this.#imageHeight;
    this.size[2 * i + 1] = this.#imageWidth;
    if (masks && masks.kind[source] === SegmentationKind.polygons) {
      this.#setBoxAround(i, masks.corners, masks.parts, masks.partStart[source], masks.partStart[source + 1]);
    } else {
      const { box } = this.rows, corners = this.#boxCorners;
      const right = box[4 * source] + box[4 * source + 2], bottom = box[4 * source + 1] + box[4 * source + 3];
      corners[0] = corners[2] = box[4 * source];
      corners[1] = corners[7] = box[4 * source + 1];
      corners[4] = corners[6] = right;
      corners[3] = corners[5] = bottom;
      this.#setBoxAround(i, corners, BOX_PARTS, 0, 1);
    }
  }

  /** Makes the runs of a mask, and thereby its exact area and box. */
  make(i: number): void {
    const { runs, rows } = this;
    const source = this.#sourceOf[i], height = this.#imageHeight, width = this.#imageWidth;
    const start = this.start[i] = runs.length;
    if (!rows.segmentations || !runs.addRow(rows.segmentations, source, height, width)) {
      const [x, y, boxWidth, boxHeight] = rows.box.subarray(4 * source, 4 * source + 4);
      const right = x + boxWidth, bottom = y + boxHeight;
      runs.addPolygon([x, y, x, bottom, right, bottom, right, y], 0, 8, height, width);
    }
    this.end[i] = runs.length;
    this.made[i] = 1;
    if (this.exact[i] === 1) return;
    this.exact[i] = 1;
    this.area[i] = rleArea(runs.counts, start, runs.length);
    rleBox(runs.counts, start, runs.length, height, width, this.box, 4 * i);
  }

  /** Around the polygons `[firstPart, lastPart)`. Each begins anew: one may have a number too many at its end. */
  #setBoxAround(
    i: number,
    corners: Float64Array,
    parts: Uint32Array,
    firstPart: number,
    lastPart: number,
  ): void {
    let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
    for (let part = firstPart; part < lastPart; part++) {
      for (let k = parts[part]; k + 1 < parts[part + 1]; k += 2) {
        const x = corners[k], y = corners[k + 1];
        if (x < left) left = x;
        if (x > right) right = x;
        if (y < top) top = y;
        if (y > bottom) bottom = y;
      }
    }
    this.box[4 * i] = left - POLYGON_MARGIN;
    this.box[4 * i + 1] = top - POLYGON_MARGIN;
    this.box[4 * i + 2] = right - left + 2 * POLYGON_MARGIN;
    this.box[4 * i + 3] = bottom - top + 2 * POLYGON_MARGIN;
  }

  #grow(): void {
    const grow = <Values extends Float64Array | Int32Array | Uint8Array>(values: Values): Values => {
      const larger = new (values.constructor as new (length: number) => Values)(2 * values.length);
      larger.set(values);
      return larger;
    };
    this.start = grow(this.start);
    this.end = grow(this.end);
    this.made = grow(this.made);
    this.exact = grow(this.exact);
    this.box = grow(this.box);
    this.area = grow(this.area);
    this.size = grow(this.size);
    this.#sourceOf = grow(this.#sourceOf);
  }
}

/**
 * The IoU of mask `i` of the detections and mask `j` of the truths, as `rleIou` has it; where that cannot
 * reach `minIou` it may be any other number below `minIou`.
 */
export function maskGroupIou(
  detections: MaskGroup,
  i: number,
  truths: MaskGroup,
  j: number,
  crowd: boolean,
  minIou: number,
): number {
  // First what is known without the masks: the intersection fits in both boxes, and the union holds either
  // mask.
  if (detections.exact[i] === 0 || truths.exact[j] === 0) {
    const shared = sharedPixels(detections, i, truths, j);
    if (shared === 0) return 0;
    if (detections.exact[i] === 1 && shared / detections.area[i] < minIou) return shared / detections.area[i];
    if (!crowd && truths.exact[j] === 1 && shared / truths.area[j] < minIou) return shared / truths.area[j];
    if (detections.exact[i] === 0) detections.make(i);
    if (truths.exact[j] === 0) truths.make(j);
  }
  const shared = sharedPixels(detections, i, truths, j);
  if (shared === 0) return 0;
  if (
    detections.size[2 * i] !== truths.size[2 * j] || detections.size[2 * i + 1] !== truths.size[2 * j + 1]
  ) return -1;
  const area = detections.area[i], max = Math.min(shared, area, truths.area[j]);
  const bound = max / (crowd ? area : area + truths.area[j] - max);
  if (bound < minIou) return bound;
  if (detections.made[i] === 0) detections.make(i);
  if (truths.made[j] === 0) truths.make(j);
  const a = detections.runs.counts, b = truths.runs.counts;
  return runsIou(a, detections.start[i], detections.end[i], b, truths.start[j], truths.end[j], crowd);
}

/** The area that two boxes share. */
function sharedPixels(detections: MaskGroup, i: number, truths: MaskGroup, j: number): number {
  const a = detections.box, b = truths.box, p = 4 * i, q = 4 * j;
  const width = Math.min(a[p] + a[p + 2], b[q] + b[q + 2]) - Math.max(a[p], b[q]);
  const height = Math.min(a[p + 1] + a[p + 3], b[q + 1] + b[q + 3]) - Math.max(a[p + 1], b[q + 1]);
  return width > 0 && height > 0 ? width * height : 0;
}
