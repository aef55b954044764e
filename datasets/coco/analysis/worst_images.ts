/**
 * The images on which most goes wrong.
 *
 * @module
 */
import type { Annotations, CocoImage } from "../annotations.ts";
import type { CocoDetections } from "../detections.ts";
import type { ErrorAnalysis } from "./error_types.ts";

/** One image, and what is to be drawn of it: rows of the detections and of the annotations, in file order. */
export interface WorstImage {
  readonly image: CocoImage;
  /** Detections with at least the minimum score, right and wrong. */
  readonly detections: readonly number[];
  /** All annotations, crowds included. */
  readonly annotations: readonly number[];
  /** Wrong detections among these, and annotations that no detection found, whatever its score. */
  readonly errors: number;
}

/**
 * The `count` images with the most errors, the worst first: wrong detections of a score of at least `minScore`,
 * and objects that nothing found. Images without errors are left out; of equals the lower id comes first.
 */
export function worstImages(
  truth: Annotations,
  detections: CocoDetections,
  { detectionError, unfound }: Pick<ErrorAnalysis, "detectionError" | "unfound">,
  count: number,
  minScore = 0.25,
): WorstImage[] {
  const found: number[][] = truth.images.map(() => []), objects: number[][] = truth.images.map(() => []);
  const errors = new Int32Array(truth.images.length);
  for (let row = 0; row < detections.length; row++) {
    if (detections.score[row] < minScore || detections.category[row] < 0) continue;
    found[detections.image[row]].push(row);
    if (detectionError[row] > 0) errors[detections.image[row]]++;
  }
  for (let row = 0; row < truth.length; row++) {
    if (truth.image[row] < 0) continue;
    objects[truth.image[row]].push(row);
    errors[truth.image[row]] += unfound[row];
  }
  return Array.from(errors.keys())
    .filter((image) => errors[image] > 0)
    .sort((a, b) => errors[b] - errors[a] || a - b)
    .slice(0, count)
    .map((image) => ({
      image: truth.images[image],
      detections: found[image],
      annotations: objects[image],
      errors: errors[image],
    }));
}
