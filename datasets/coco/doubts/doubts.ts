/**
 * What is probably wrong with data that reads well and scores badly. None of it changes a number.
 *
 * @module
 */
import type { CocoResult } from "../accumulate.ts";
import type { Annotations, CocoImage } from "../files/annotations.ts";
import type { CocoDetections } from "../files/detections.ts";
import { quotedId } from "../ids.ts";
import { SegmentationKind, type Segmentations } from "../masks/segmentations.ts";
import type { CocoParams } from "../params.ts";
import { readingDoubt } from "./reading_doubts.ts";
import { meanOf } from "../summarize.ts";

/** How far a box may leave its image in pixels, and as a share of the image's size. */
const MARGIN = 2;
const MARGIN_SHARE = 0.02;

/** So many boxes show what most of them are like. */
const SAMPLE = 2000;

/** So many boxes that all could be corners are corners. */
const MIN_CORNERS = 5;

/** Fractions of a size may end a little beyond 1; one box in pixels is larger. */
const MAX_FRACTION = 1.5;

/** Results with no score below this were cut, and AP counts what was cut. */
const USUAL_MIN_SCORE = 0.05;

/** Boxes of rows, and the image of each; where there are masks, the boxes matter little. */
type Boxes = Pick<Annotations, "name" | "length" | "image" | "box" | "segmentations">;

/** From this AP on, files are read as they were meant. */
const GOOD_AP = 0.1;

/** What is probably wrong with annotations and detections, a sentence each; `result` if it is known. */
export function evaluationDoubts(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams,
  result?: CocoResult,
): string[] {
  const maxDetections = Math.max(...params.maxDetections);
  const isGood = result && meanOf(result, { measure: "precision", maxDetections }) >= GOOD_AP;
  const reading = isGood ? undefined : readingDoubt(truth, detections, params);
  return [
    ...truthDoubts(truth, params, reading?.file === "annotations"),
    ...detectionDoubts(truth, detections, reading?.file === "detections"),
    ...reading ? [reading.sentence] : [],
  ];
}

/** With `misread`, how the coordinates are written is known to be wrong, which says more than where they lie. */
function truthDoubts(truth: Annotations, params: CocoParams, misread: boolean): string[] {
  return [
    ...misread ? [] : boxDoubts(truth, truth.images, "annotation"),
    ...maskDoubts(truth, truth.images, "annotation"),
    ...(truth.length === 0 ? [`${truth.name}: there are no annotations in it`] : areaDoubts(truth, params)),
  ];
}

function detectionDoubts(truth: Annotations, detections: CocoDetections, misread: boolean): string[] {
  return [
    ...misread ? [] : boxDoubts(detections, truth.images, "detection"),
    ...maskDoubts(detections, truth.images, "detection"),
    ...scoreDoubts(detections),
  ];
}

function boxDoubts(boxes: Boxes, images: readonly CocoImage[], one: string): string[] {
  const { name, segmentations } = boxes;
  if (segmentations?.kind.some((kind) => kind !== SegmentationKind.none)) return [];
  // Some tell whether there is reason to look at all, of which there may be a million.
  const some = countBoxes(boxes, images, Math.max(1, Math.floor(boxes.length / SAMPLE)));
  if (some.max > MAX_FRACTION && some.leaving <= some.known / 8) return [];
  const { listed, known, leaving, asCorners, outside, max, first } = countBoxes(boxes, images);
  if (listed === 0) return [];
  if (max <= MAX_FRACTION) {
    return [
      `${name}: no box reaches beyond 1 pixel: the coordinates are probably fractions of the image's size, and have to ` +
      `be in pixels`,
    ];
  }
  // Boxes that begin in the upper left and are that large are rare.
  const corners = asCorners === known && known >= MIN_CORNERS && leaving > known / 5;
  if (leaving <= known / 2 && !corners) return [];
  const all = `${listed} ${one}${listed === 1 ? "" : "s"}`;
  const where = `${name}: the boxes of ${leaving} of ${all} leave their images, the first that of image ` +
    quotedId(images[boxes.image[first]].id);
  if (asCorners === known) {
    return [`${where}: they are probably [x1, y1, x2, y2], and have to be [x, y, width, height]`];
  }
  return [
    outside > known / 2
      ? `${where}, and mostly lie outside`
      : `${where}: they are probably of images of another size, or not [x, y, width, height]`,
  ];
}

/** How boxes lie in their images. */
interface BoxCounts {
  /** Boxes of images that are listed, and of these those of images whose size is known. */
  readonly listed: number;
  readonly known: number;
  /** Boxes that lie partly outside, those that lie there wholly, and the row of the first. */
  readonly leaving: number;
  readonly outside: number;
  readonly first: number;
  /** Boxes that fit in their images read as two corners. */
  readonly asCorners: number;
  /** The largest number. */
  readonly max: number;
}

/** Of every `step`-th row. */
function countBoxes({ length, image, box }: Boxes, images: readonly CocoImage[], step = 1): BoxCounts {
  let listed = 0, known = 0, leaving = 0, outside = 0, first = -1, asCorners = 0, max = 0;
  for (let row = 0; row < length; row += step) {
    const of = image[row],
      at = 4 * row,
      x = box[at],
      y = box[at + 1],
      width = box[at + 2],
      height = box[at + 3];
    // Not of a listed image, or no box at all.
    if (of < 0 || x !== x) continue;
    listed++;
    const right = x + width, bottom = y + height;
    if (right > max) max = right;
    if (bottom > max) max = bottom;
    if (-x > max) max = -x;
    if (-y > max) max = -y;
    const { width: imageWidth, height: imageHeight } = images[of];
    if (!(imageWidth > 0 && imageHeight > 0)) continue;
    known++;
    const marginX = MARGIN + MARGIN_SHARE * imageWidth, marginY = MARGIN + MARGIN_SHARE * imageHeight;
    const maxX = imageWidth + marginX, maxY = imageHeight + marginY;
    if (width >= x && height >= y && width <= maxX && height <= maxY) asCorners++;
    if (right <= maxX && bottom <= maxY && x >= -marginX && y >= -marginY) continue;
    if (first < 0) first = row;
    leaving++;
    if (x >= imageWidth || y >= imageHeight || right <= 0 || bottom <= 0) outside++;
  }
  return { listed, known, leaving, outside, first, asCorners, max };
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

function areaDoubts(
  { name, length, image, area, crowd, ignored }: Annotations,
  { areaRanges }: CocoParams,
): string[] {
  const isObject = (row: number) => image[row] >= 0 && crowd[row] !== 1 && ignored?.[row] !== 1;
  // Mostly none of it is so, which a plain loop shows sooner.
  let min = Infinity, max = -Infinity, objects = 0;
  for (let row = 0; row < length; row++) {
    if (area[row] < min) min = area[row];
    if (area[row] > max) max = area[row];
    if (isObject(row)) objects++;
  }
  if (objects === 0) {
    const what = length === 1 ? "the only annotation is" : `all ${length} annotations are`;
    return [
      `${name}: ${what} of crowds, ignored, or of images that are not listed: there is nothing to find`,
    ];
  }
  if (min > 1 && min >= areaRanges[0].min && max <= areaRanges[0].max) return [];
  let none = 0, negative = 0, tiny = 0;
  for (let row = 0; row < length; row++) {
    if (!isObject(row)) continue;
    if (area[row] <= 1) tiny++;
    if (area[row] >= areaRanges[0].min && area[row] <= areaRanges[0].max) continue;
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
  if (tiny === objects) {
    return [`${name}: no object has an area above 1 pixel: the areas are probably fractions of the image's`];
  }
  return [];
}

function scoreDoubts({ name, length, score }: CocoDetections): string[] {
  let min = Infinity, max = -Infinity;
  for (let row = 0; row < length; row++) {
    if (score[row] <= USUAL_MIN_SCORE) return [];
    if (score[row] < min) min = score[row];
    if (score[row] > max) max = score[row];
  }
  // Scores that are all the same say nothing, and above 1 they are per cent.
  if (min >= max || (max > 1 && min <= 100 * USUAL_MIN_SCORE)) return [];
  return [
    `${name}: no score is below ${
      Number(min.toPrecision(3))
    }: the results were probably cut there, and AP falls with ` +
    `what is left out; detectors are evaluated with all scores from 0.05 or 0.001 on`,
  ];
}
