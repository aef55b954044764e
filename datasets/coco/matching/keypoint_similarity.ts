/**
 * Similarity of keypoints.
 *
 * @module
 */
import { pairwiseMean } from "../pairwise.ts";

/** numpy's `spacing(1)`, which pycocotools adds to the area. */
const SPACING = Number.EPSILON;

/** Columns of keypoints `[rows, 3 · keypoints]` and of boxes `[rows, 4]`. */
export interface KeypointColumns {
  readonly keypoints: Float64Array;
  readonly box: Float64Array;
  readonly area: Float64Array;
}

/**
 * The object keypoint similarity of a detection and a truth, by their rows (`COCOeval.computeOks`): the mean of
 * `exp(-d² / (2 · area · (2 · sigma)²))` over the labelled keypoints. Of a truth without labelled ones `d` is how far
 * a keypoint lies outside of its box doubled.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { keypointSimilarity } from "./keypoint_similarity.ts";
 * const truth = { keypoints: Float64Array.of(10, 20, 2), box: new Float64Array(4), area: Float64Array.of(100) };
 * const similarity = keypointSimilarity([0.05]);
 * assert.ok(similarity(Float64Array.of(10, 20, 1), 0, truth, 0) === 1);
 * assert.ok(similarity(Float64Array.of(11, 20, 1), 0, truth, 0).toFixed(3) === "0.607");
 * ```
 */
export function keypointSimilarity(
  sigmas: readonly number[],
): (detection: Float64Array, row: number, truth: KeypointColumns, truthRow: number) => number {
  const count = sigmas.length;
  const variance = Float64Array.from(sigmas, (sigma) => (2 * sigma) * (2 * sigma));
  const terms = new Float64Array(count);
  return (detection, row, { keypoints, box, area }, truthRow) => {
    const found = 3 * count * row, wanted = 3 * count * truthRow;
    const size = area[truthRow] + SPACING;
    let length = 0;
    for (let k = 0; k < count; k++) {
      if (!(keypoints[wanted + 3 * k + 2] > 0)) continue;
      const dx = detection[found + 3 * k] - keypoints[wanted + 3 * k];
      const dy = detection[found + 3 * k + 1] - keypoints[wanted + 3 * k + 1];
      terms[length++] = Math.exp(-((dx * dx + dy * dy) / variance[k] / size / 2));
    }
    if (length > 0) return pairwiseMean(terms, length);
    const left = box[4 * truthRow] - box[4 * truthRow + 2];
    const right = box[4 * truthRow] + box[4 * truthRow + 2] * 2;
    const top = box[4 * truthRow + 1] - box[4 * truthRow + 3];
    const bottom = box[4 * truthRow + 1] + box[4 * truthRow + 3] * 2;
    for (let k = 0; k < count; k++) {
      const x = detection[found + 3 * k], y = detection[found + 3 * k + 1];
      const dx = Math.max(0, left - x) + Math.max(0, x - right);
      const dy = Math.max(0, top - y) + Math.max(0, y - bottom);
      terms[k] = Math.exp(-((dx * dx + dy * dy) / variance[k] / size / 2));
    }
    return pairwiseMean(terms, count);
  };
}
