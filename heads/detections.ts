/** Detected objects as columns, best first. */
export interface Detections {
  readonly count: number;
  /** `[count, 4]`: x1, y1, x2, y2 in pixels of the original image. */
  readonly boxes: Float32Array;
  /** `[count]`, 0…1. */
  readonly scores: Float32Array;
  /** `[count]`: indices into the model's labels. */
  readonly classes: Int32Array;
}

/** What decides which objects a detector reports. */
export interface DetectionSettings {
  /** The least score. */
  readonly score: number;
  /** The most objects per image. */
  readonly max: number;
  /** Of two boxes of one class that overlap by more than this IoU the weaker is dropped; absent, the head decides. */
  readonly iou?: number;
  /** Only these classes; absent, all. */
  readonly classes?: ReadonlySet<number>;
}

/** The rows of `detections` at `indices`, in that order. */
export function selectDetections(detections: Detections, indices: readonly number[]): Detections {
  const boxes = new Float32Array(indices.length * 4);
  indices.forEach((from, to) => boxes.set(detections.boxes.subarray(from * 4, from * 4 + 4), to * 4));
  return {
    count: indices.length,
    boxes,
    scores: Float32Array.from(indices, (index) => detections.scores[index]),
    classes: Int32Array.from(indices, (index) => detections.classes[index]),
  };
}

/** The boxes cut off at the borders of the image; what lies outside altogether is dropped. */
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
 * Non-maximum suppression within each class, as torchvision's `batched_nms`: goes from the best score down and
 * drops what overlaps an earlier box of its class by more than `iou`.
 *
 * @param detections sorted by descending score.
 * @returns the indices that stay, in order, at most `max`.
 */
export function nonMaximumSuppression(detections: Detections, iou: number, max = Infinity): number[] {
  const { count, boxes, classes } = detections;
  const kept: number[] = [];
  for (let candidate = 0; candidate < count && kept.length < max; candidate++) {
    let suppressed = false;
    for (let k = 0; k < kept.length && !suppressed; k++) {
      suppressed = classes[kept[k]] === classes[candidate] && boxIou(boxes, kept[k], candidate) > iou;
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
