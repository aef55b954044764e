/** Detected objects, and what all detectors do with them. */
import type { Box } from "../core/images/mod.ts";
import type { PrototypeMasks } from "./prototype_masks.ts";

/** Detected objects as columns, best first. */
export interface Detections {
  readonly count: number;
  /** `[count, 4]`: x1, y1, x2, y2 in pixels of the original image. */
  readonly boxes: Float32Array;
  /** `[count]`: from 0 to 1. */
  readonly scores: Float32Array;
  /** `[count]`: indices into the model's labels. */
  readonly classes: Int32Array;
  /** What masks are made of, where the network returns it: {@linkcode maskAt} makes that of a row. */
  readonly masks?: PrototypeMasks;
}

/** The settings of a detector. */
export interface DetectionSettings {
  /** The minimum score. */
  readonly score: number;
  /** The maximum number of objects per image. */
  readonly max: number;
  /** Of two boxes of one class whose IoU exceeds this the weaker is dropped. @default {the head's} */
  readonly iou?: number;
  /** The only classes to report. @default {all} */
  readonly classes?: ReadonlySet<number>;
}

/** The box of a row, in pixels of the original image. */
export function boxAt({ boxes }: Detections, row: number): Box {
  const [x1, y1, x2, y2] = boxes.subarray(row * 4, row * 4 + 4);
  return { x1, y1, x2, y2 };
}

/** The rows of `detections` at `indices`, in that order. */
export function selectDetections(detections: Detections, indices: readonly number[]): Detections {
  const { masks } = detections;
  const boxes = new Float32Array(indices.length * 4);
  indices.forEach((from, to) => boxes.set(detections.boxes.subarray(from * 4, from * 4 + 4), to * 4));
  return {
    count: indices.length,
    boxes,
    scores: Float32Array.from(indices, (index) => detections.scores[index]),
    classes: Int32Array.from(indices, (index) => detections.classes[index]),
    ...(masks && { masks: { ...masks, rows: Int32Array.from(indices, (index) => masks.rows[index]) } }),
  };
}

/** The boxes clipped to the image, `width` × `height` pixels; boxes completely outside it are dropped. */
export function clipDetections(detections: Detections, width: number, height: number): Detections {
  const boxes = detections.boxes.map((value, index) =>
    Math.min(Math.max(value, 0), index % 2 === 0 ? width : height)
  );
  const inside: number[] = [];
  for (let row = 0; row < detections.count; row++) {
    const [x1, y1, x2, y2] = boxes.subarray(row * 4, row * 4 + 4);
    if (x1 < x2 && y1 < y2) inside.push(row);
  }
  return selectDetections({ ...detections, boxes }, inside);
}

/**
 * Non-maximum suppression within each class, like torchvision's `batched_nms`: from the best score down, drops every box
 * whose IoU with an earlier box of its class exceeds `iou`.
 *
 * @param detections sorted by descending score
 * @param agnostic whether boxes of different classes suppress each other, too
 * @returns the indices of the boxes kept, in order, at most `max`
 */
export function nonMaximumSuppression(
  detections: Detections,
  iou: number,
  max = Infinity,
  agnostic = false,
): number[] {
  const { count, boxes, classes } = detections;
  const kept: number[] = [];
  for (let candidate = 0; candidate < count && kept.length < max; candidate++) {
    let suppressed = false;
    for (let k = 0; k < kept.length && !suppressed; k++) {
      suppressed = (agnostic || classes[kept[k]] === classes[candidate]) &&
        boxIou(boxes, kept[k], candidate) > iou;
    }
    if (!suppressed) kept.push(candidate);
  }
  return kept;
}

/** Intersection over union of two rows of `[n, 4]` boxes (x1, y1, x2, y2). */
export function boxIou(boxes: Float32Array, left: number, right: number): number {
  const [a, b] = [left * 4, right * 4];
  const width = Math.min(boxes[a + 2], boxes[b + 2]) - Math.max(boxes[a], boxes[b]);
  const height = Math.min(boxes[a + 3], boxes[b + 3]) - Math.max(boxes[a + 1], boxes[b + 1]);
  if (width <= 0 || height <= 0) return 0;
  const intersection = width * height;
  const areaA = (boxes[a + 2] - boxes[a]) * (boxes[a + 3] - boxes[a + 1]);
  const areaB = (boxes[b + 2] - boxes[b]) * (boxes[b + 3] - boxes[b + 1]);
  return intersection / (areaA + areaB - intersection);
}
