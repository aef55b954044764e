/**
 * A few images of an evaluation with their boxes, to try how else these could be read.
 *
 * @module
 */
import type { Annotations } from "../files/annotations.ts";
import { boxIou } from "../boxes.ts";
import type { CocoDetections } from "../files/detections.ts";
import { SegmentationKind, type Segmentations } from "../masks/segmentations.ts";
import type { CocoParams } from "../params.ts";

const MAX_IMAGES = 64;
const MAX_DETECTIONS = 100;

/** Boxes of one image. */
export interface SampledBoxes {
  readonly length: number;
  /** Rows of the annotations or the detections. */
  readonly rows: readonly number[];
  /** x, y, width, height in pixels, `[length, 4]`. */
  readonly box: Float64Array;
}

/** An image in which there are objects and detections. */
export interface SampledImage {
  /** In pixels, 0 where the file gives none. */
  readonly width: number;
  readonly height: number;
  /** Objects that count. */
  readonly objects: SampledBoxes;
  /** The detections of the highest scores. */
  readonly detections: SampledBoxes;
}

const HAS_OBJECT = 1, HAS_DETECTION = 2;

/** Some evaluated images that have objects and detections, evenly from all of them. */
export function sampleImages(
  truth: Annotations,
  detections: CocoDetections,
  params: CocoParams,
): SampledImage[] {
  const { images, ignored } = truth;
  const isObject = (row: number) =>
    truth.image[row] >= 0 && truth.category[row] >= 0 && truth.crowd[row] !== 1 && ignored?.[row] !== 1;
  const evaluated = params.imageIds && new Set(params.imageIds);
  const has = new Uint8Array(images.length);
  for (let row = 0; row < detections.length; row++) has[detections.image[row]] = HAS_DETECTION;
  for (let row = 0; row < truth.length; row++) if (isObject(row)) has[truth.image[row]] |= HAS_OBJECT;
  const both: number[] = [];
  for (let image = 0; image < has.length; image++) {
    if (has[image] !== (HAS_OBJECT | HAS_DETECTION)) continue;
    if (evaluated === undefined || evaluated.has(images[image].id)) both.push(image);
  }
  const step = Math.max(1, both.length / MAX_IMAGES);
  const chosen = Array.from(
    { length: Math.min(MAX_IMAGES, both.length) },
    (_, i) => both[Math.floor(i * step)],
  );
  const place = new Int32Array(images.length).fill(-1);
  chosen.forEach((image, i) => place[image] = i);
  const rowsOf = (image: Int32Array, isWanted: (row: number) => boolean) => {
    const rows: number[][] = chosen.map(() => []);
    for (let row = 0; row < image.length; row++) {
      const at = place[image[row]];
      if (at >= 0 && isWanted(row)) rows[at].push(row);
    }
    return rows;
  };
  const objectRows = rowsOf(truth.image, isObject), detectionRows = rowsOf(detections.image, () => true);
  const { score } = detections;
  return chosen.map((image, i) => {
    const best = detectionRows[i].sort((a, b) => score[b] - score[a]).slice(0, MAX_DETECTIONS);
    const { width, height } = images[image];
    return {
      width,
      height,
      objects: boxesOf(truth, objectRows[i]),
      detections: boxesOf(detections, best),
    };
  });
}

/** The boxes of rows; where there are masks, those around them. */
function boxesOf(
  { box, segmentations }: Pick<Annotations, "box" | "segmentations">,
  rows: readonly number[],
): SampledBoxes {
  const boxes = new Float64Array(4 * rows.length);
  rows.forEach((row, i) => {
    const around = segmentations && boxAround(segmentations, row);
    boxes.set(around ?? box.subarray(4 * row, 4 * row + 4), 4 * i);
  });
  return { length: rows.length, rows, box: boxes };
}

/** The box around the mask of a row, which need not lie in the image, or undefined where there is no mask. */
function boxAround(masks: Segmentations, row: number): ArrayLike<number> | undefined {
  if (masks.kind[row] === SegmentationKind.none) return undefined;
  if (masks.kind[row] === SegmentationKind.runs) return masks.box.subarray(4 * row, 4 * row + 4);
  let left = Infinity, top = Infinity, right = -Infinity, bottom = -Infinity;
  for (let part = masks.partStart[row]; part < masks.partStart[row + 1]; part++) {
    for (let k = masks.parts[part]; k + 1 < masks.parts[part + 1]; k += 2) {
      left = Math.min(left, masks.corners[k]);
      right = Math.max(right, masks.corners[k]);
      top = Math.min(top, masks.corners[k + 1]);
      bottom = Math.max(bottom, masks.corners[k + 1]);
    }
  }
  return [left, top, right - left, bottom - top];
}

const MIN_IOU = 0.5;

/** Images with boxes to compare. */
export type ComparedImages = readonly Pick<SampledImage, "objects" | "detections">[];

/**
 * The objects that a detection overlaps by half, each with the best such detection, as rows.
 *
 * @param isPair whether a detection can be of an object, both as rows
 */
export function findObjects(
  images: ComparedImages,
  isPair: (object: number, detection: number) => boolean,
): [object: number, detection: number][] {
  const found: [number, number][] = [];
  for (const { objects, detections } of images) {
    for (let i = 0; i < objects.length; i++) {
      for (let j = 0; j < detections.length; j++) {
        if (!isPair(objects.rows[i], detections.rows[j])) continue;
        if (boxIou(detections.box, j, objects.box, i, false) < MIN_IOU) continue;
        found.push([objects.rows[i], detections.rows[j]]);
        break;
      }
    }
  }
  return found;
}
