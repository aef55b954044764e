/** How far a network's outputs are from the original's: what an adaptation loses, without labels. */
import { toOnnx } from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { type NamedTensor, Session } from "../../../core/session/mod.ts";
import type { Tasks } from "../../network.ts";
import type { CalibrationImage } from "./calibration.ts";
import { boundWeights, type Candidate } from "./candidate.ts";

/** The original's outputs on some images, with which candidates are compared. */
export class OutputReference {
  private constructor(
    private readonly tasks: Tasks,
    private readonly images: readonly CalibrationImage[],
    private readonly outputs: readonly Readonly<Record<string, NamedTensor>>[],
  ) {}

  /** Runs the original on images. */
  static async open(
    original: Candidate,
    tasks: Tasks,
    images: readonly CalibrationImage[],
  ): Promise<OutputReference> {
    return new OutputReference(tasks, images, await runAll(original, images));
  }

  /**
   * The mean distance of a candidate over all images and outputs, 0 for the original: see `outputDistance`.
   *
   * @throws {BneckError} when the candidate cannot be run; the reason of `signal` once it is aborted.
   */
  async distance(candidate: Candidate, signal?: AbortSignal): Promise<number> {
    const found = await runAll(candidate, this.images, signal);
    let sum = 0;
    for (const [index, outputs] of found.entries()) {
      for (const [name, output] of Object.entries(outputs)) {
        sum += outputDistance(this.tasks, name, this.outputs[index], output);
      }
    }
    return sum / found.length;
  }
}

async function runAll(
  candidate: Candidate,
  images: readonly CalibrationImage[],
  signal?: AbortSignal,
): Promise<Record<string, NamedTensor>[]> {
  const onnx = encodeOnnx(toOnnx(candidate.graph, boundWeights(candidate)).model);
  const session = await Session.open(onnx, "the network that is adapted");
  try {
    const results: Record<string, NamedTensor>[] = [];
    for (const { feeds } of images) {
      signal?.throwIfAborted();
      results.push(await session.run(feeds));
    }
    return results;
  } finally {
    await session.close();
  }
}

/**
 * The distance of one output of one image:
 *
 * - of a heat map (`detect.heatmap` of a CenterNet): {@linkcode heatMapDivergence};
 * - of its box sides: {@linkcode boxError};
 * - of logits over classes: the mean divergence of the cells' distributions;
 * - of any other output: the squared error relative to the output's variance.
 *
 * @param name `TASK.OUTPUT`.
 * @param original all outputs of the original for the image.
 */
function outputDistance(
  tasks: Tasks,
  name: string,
  original: Readonly<Record<string, NamedTensor>>,
  output: NamedTensor,
): number {
  const [before, after] = [original[name].data as Float32Array, output.data as Float32Array];
  const [task, local] = name.split(".");
  const peaks = tasks.detect?.head.spec.kind === "peaks";
  if (task === "detect" && peaks && local === "heatmap") return heatMapDivergence(before, after);
  if (task === "detect" && peaks && local === "distances") {
    return boxError(before, after, original["detect.heatmap"].data as Float32Array);
  }
  if (task === "segment" || task === "classify") return classDivergence(before, after, output.shape[1]);
  return relativeError(before, after);
}

/** Below this logit a probability is under 0.0025 and counts nothing: nearly all cells of a heat map are. */
const LOWEST_LOGIT = -6;

/**
 * The divergence of probabilities q from p, which are given as logits: Σ D / Σ p², where D is 0 for q = p and has the
 * slope q² − p² over the logit of q. Near p it is 2p · KL(p ‖ q): cells count by their probability as against KL, by which
 * thousands of cells without an object outweigh the few with one.
 */
export function heatMapDivergence(before: Float32Array, after: Float32Array): number {
  let divergence = 0;
  let objects = 0;
  for (let i = 0; i < before.length; i++) {
    const z = before[i];
    const y = after[i];
    if (z < LOWEST_LOGIT && y < LOWEST_LOGIT) continue;
    const p = sigmoid(z);
    objects += p * p;
    divergence += p * p * (z - y) + softplus(y) - softplus(z) - sigmoid(y) + p;
  }
  return divergence / (objects + 1e-9);
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

function softplus(z: number): number {
  return z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z));
}

/**
 * The mean over cells of 1 − IoU between the boxes of two networks; cells count by the square of the highest probability
 * of any class.
 *
 * @param before distances from the cell to the left, upper, right and lower side, `[1, 4, h, w]`; those below 0 count as 0.
 * @param after of the other network.
 * @param heatMap the first network's logits, `[1, K, h, w]`.
 */
export function boxError(before: Float32Array, after: Float32Array, heatMap: Float32Array): number {
  const plane = before.length / 4;
  const highest = heatMap.slice(0, plane);
  for (let from = plane; from < heatMap.length; from += plane) {
    for (let cell = 0; cell < plane; cell++) {
      if (heatMap[from + cell] > highest[cell]) highest[cell] = heatMap[from + cell];
    }
  }
  let error = 0;
  let total = 0;
  for (let cell = 0; cell < plane; cell++) {
    let [area, otherArea, common] = [1, 1, 1];
    for (let i = cell; i < 2 * plane; i += plane) {
      const [near, far] = [Math.max(0, before[i]), Math.max(0, before[i + 2 * plane])];
      const [otherNear, otherFar] = [Math.max(0, after[i]), Math.max(0, after[i + 2 * plane])];
      area *= near + far;
      otherArea *= otherNear + otherFar;
      common *= Math.min(near, otherNear) + Math.min(far, otherFar);
    }
    const weight = sigmoid(highest[cell]) ** 2;
    total += weight;
    error += weight * (1 - (common + 1e-9) / (area + otherArea - common + 1e-9));
  }
  return error / (total + 1e-9);
}

/** The mean over cells of KL(softmax z ‖ softmax y), for logits `[1, classes, …]`. */
export function classDivergence(before: Float32Array, after: Float32Array, classes: number): number {
  const plane = before.length / classes;
  let sum = 0;
  for (let cell = 0; cell < plane; cell++) {
    let [top, other] = [-Infinity, -Infinity];
    for (let i = cell; i < before.length; i += plane) {
      top = Math.max(top, before[i]);
      other = Math.max(other, after[i]);
    }
    let [total, otherTotal, gap] = [0, 0, 0];
    for (let i = cell; i < before.length; i += plane) {
      const power = Math.exp(before[i] - top);
      total += power;
      otherTotal += Math.exp(after[i] - other);
      gap += power * (before[i] - top - after[i] + other);
    }
    sum += gap / total - Math.log(total) + Math.log(otherTotal);
  }
  return sum / plane;
}

function relativeError(before: Float32Array, after: Float32Array): number {
  let [sum, squares, error] = [0, 0, 0];
  for (let i = 0; i < before.length; i++) {
    sum += before[i];
    squares += before[i] * before[i];
    error += (after[i] - before[i]) ** 2;
  }
  return error / (squares - sum * sum / before.length + 1e-9);
}
