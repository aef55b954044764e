/**
 * What is probably wrong with data that reads well and scores badly. None of it changes a number.
 *
 * @module
 */
import type { Annotations, CocoImage } from "./annotations.ts";
import type { CocoDetections } from "./detections.ts";
import { quotedId } from "./ids.ts";
import { SegmentationKind, type Segmentations } from "./masks/segmentations.ts";
import type { CocoParams } from "./params.ts";

/** How far a box may leave its image in pixels, and as a share of the image's size. */
const MARGIN = 2;
const MARGIN_SHARE = 0.02;

/** Results with no score below this were cut, and AP counts what was cut. */
const USUAL_MIN_SCORE = 0.05;

/** Boxes of rows, and the image of each; where there are masks, the boxes matter little. */
type Boxes = Pick<Annotations, "name" | "length" | "image" | "box" | "segmentations">;

/** What is probably wrong with annotations, a sentence each. */
export function truthDoubts(truth: Annotations, params: CocoParams): string[] {
  return [
    ...boxDoubts(truth, truth.images, "annotation"),
    ...maskDoubts(truth, truth.images, "annotation"),
    ...areaDoubts(truth, params),
  ];
}

/** What is probably wrong with detections, a sentence each. */
export function detectionDoubts(truth: Annotations, detections: CocoDetections): string[] {
  return [
    ...boxDoubts(detections, truth.images, "detection"),
    ...maskDoubts(detections, truth.images, "detection"),
    ...scoreDoubts(detections),
  ];
}

function boxDoubts(
  { name, length, image, box, segmentations }: Boxes,
  images: readonly CocoImage[],
  one: string,
): string[] {
  if (segmentations?.kind.some((kind) => kind !== SegmentationKind.none)) return [];
  let known = 0, leaving = 0, asCorners = 0, outside = 0, boxes = 0, max = 0, first = -1;
  for (let row = 0; row < length; row++) {
    const at = 4 * row;
    const x = box[at], y = box[at + 1], width = box[at + 2], height = box[at + 3];
    // Not of a listed image, or no box at all.
    if (image[row] < 0 || x !== x) continue;
    boxes++;
    max = Math.max(max, Math.abs(x), Math.abs(y), width, height);
    const of = images[image[row]];
    if (!(of.width > 0 && of.height > 0)) continue;
    known++;
    const right = of.width + Math.max(MARGIN, MARGIN_SHARE * of.width);
    const bottom = of.height + Math.max(MARGIN, MARGIN_SHARE * of.height);
    if (width >= x && height >= y && width <= right && height <= bottom) asCorners++;
    if (x + width <= right && y + height <= bottom && x >= -MARGIN && y >= -MARGIN) continue;
    if (first < 0) first = row;
    leaving++;
    if (x >= of.width || y >= of.height || x + width <= 0 || y + height <= 0) outside++;
  }
  if (boxes === 0) return [];
  const all = `${boxes} ${one}${boxes === 1 ? "" : "s"}`;
  if (max <= 1) {
    return [
      `${name}: no box reaches beyond 1 pixel: the coordinates are probably fractions of the image's size, and have to ` +
      `be in pixels`,
    ];
  }
  if (leaving <= known / 2) return [];
  const where = `${name}: the boxes of ${leaving} of ${all} leave their images, the first that of image ` +
    quotedId(images[image[first]].id);
  if (asCorners === known) {
    return [`${where}: they are probably [x1, y1, x2, y2], and have to be [x, y, width, height]`];
  }
  return [
    outside > known / 2
      ? `${where}, and mostly lie outside`
      : `${where}: they are probably of images of another size, or not [x, y, width, height]`,
  ];
}

function maskDoubts(
  { name, image, segmentations }: Pick<CocoDetections, "name" | "image" | "segmentations">,
  images: readonly CocoImage[],
  one: string,
): string[] {
  if (segmentations === undefined) return [];
  const { kind, size } = segmentations;
  let masks = 0, otherSize = 0, swapped = 0, outside = 0, first = -1;
  for (let row = 0; row < kind.length; row++) {
    if (image[row] < 0 || kind[row] === SegmentationKind.none) continue;
    const { width, height } = images[image[row]];
    if (!(width > 0 && height > 0)) continue;
    masks++;
    if (kind[row] === SegmentationKind.polygons) {
      if (liesOutside(segmentations, row, width, height)) outside++;
    } else if (size[2 * row] !== height || size[2 * row + 1] !== width) {
      if (first < 0) first = row;
      otherSize++;
      if (size[2 * row] === width && size[2 * row + 1] === height) swapped++;
    }
  }
  const doubts: string[] = [];
  const share = (count: number) => `${name}: the masks of ${count} of ${masks} ${one}s`;
  if (otherSize > 0) {
    const { id, width, height } = images[image[first]];
    const why = swapped === otherSize
      ? "the size is probably given as [width, height], and has to be [height, width]"
      : `the first is ${size[2 * first]}×${size[2 * first + 1]} (height × width), and image ${
        quotedId(id)
      } is ` +
        `${height}×${width}`;
    doubts.push(`${share(otherSize)} have another size than their images and match nothing: ${why}`);
  }
  if (outside > 0) doubts.push(`${share(outside)} lie outside their images and match nothing`);
  return doubts;
}

/** Whether no corner of a row's polygons is in the image, and all are on one side of it. */
function liesOutside(
  { parts, partStart, corners }: Segmentations,
  row: number,
  width: number,
  height: number,
): boolean {
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (let part = partStart[row]; part < partStart[row + 1]; part++) {
    for (let k = parts[part]; k + 1 < parts[part + 1]; k += 2) {
      left = Math.min(left, corners[k]);
      right = Math.max(right, corners[k]);
      top = Math.min(top, corners[k + 1]);
      bottom = Math.max(bottom, corners[k + 1]);
    }
  }
  return right <= 0 || bottom <= 0 || left >= width || top >= height;
}

function areaDoubts({ name, length, image, area, crowd }: Annotations, { areaRanges }: CocoParams): string[] {
  let objects = 0, none = 0, negative = 0, tiny = 0;
  for (let row = 0; row < length; row++) {
    if (image[row] < 0 || crowd[row] === 1) continue;
    objects++;
    if (area[row] <= 1) tiny++;
    if (areaRanges.some(({ min, max }) => area[row] >= min && area[row] <= max)) continue;
    none++;
    if (area[row] < 0) negative++;
  }
  if (none > 0) {
    const why = negative === none
      ? "they are negative"
      : negative === 0
      ? "they are too large"
      : "they are negative or too large";
    return [
      `${name}: the areas of ${none} of ${objects} objects lie in no area range, so these objects do not count: ${why}`,
    ];
  }
  if (objects > 0 && tiny === objects) {
    return [`${name}: no object has an area above 1 pixel: the areas are probably fractions of the image's`];
  }
  return [];
}

function scoreDoubts({ name, length, score }: CocoDetections): string[] {
  let min = Infinity, max = -Infinity;
  for (let row = 0; row < length; row++) {
    if (score[row] < min) min = score[row];
    if (score[row] > max) max = score[row];
  }
  if (length === 0 || min <= USUAL_MIN_SCORE) return [];
  return [
    `${name}: no score is below ${
      Number(min.toPrecision(3))
    }: the results were probably cut there, and AP falls with ` +
    `what is left out; detectors are evaluated with all scores from 0.05 or 0.001 on`,
  ];
}
