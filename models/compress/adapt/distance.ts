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
   * The mean distance of a candidate over all images and outputs, 0 for the original: see {@linkcode outputDistance}.
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
 * - of a heat map (`detect.heatmap` of a CenterNet): the Kullback–Leibler divergence of all cells' probabilities, for
 *   each object that the original expects (the sum of its probabilities);
 * - of its box sides: their mean relative error, where the original sees objects;
 * - of logits over classes: the mean divergence of the cells' distributions;
 * - of any other output: the squared error relative to the output's variance.
 *
 * @param name `TASK.OUTPUT`.
 * @param original all outputs of the original for the image.
 */
export function outputDistance(
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
    const { shape, data } = original["detect.heatmap"];
    return sideError(before, after, objectness(data as Float32Array, shape[1]));
  }
  if (task === "segment" || task === "classify") return classDivergence(before, after, output.shape[1]);
  return relativeError(before, after);
}

/** Below this logit a probability is under 0.02, and no object: nearly all cells of a heat map are. */
const LOWEST_LOGIT = -4;

/** Σ KL(p ‖ q) / Σ p of probabilities that are given as logits. Where both are under 0.02 there is nothing to compare. */
export function heatMapDivergence(before: Float32Array, after: Float32Array): number {
  let divergence = 0;
  let objects = 0;
  for (let i = 0; i < before.length; i++) {
    const z = before[i];
    const y = after[i];
    if (z < LOWEST_LOGIT && y < LOWEST_LOGIT) continue;
    const p = 1 / (1 + Math.exp(-z));
    objects += p;
    divergence += p * (z - y) + softplus(y) - softplus(z);
  }
  return divergence / (objects + 1e-9);
}

function softplus(z: number): number {
  return z > 0 ? z + Math.log1p(Math.exp(-z)) : Math.log1p(Math.exp(z));
}

/** For each cell the highest probability of any class. */
function objectness(logits: Float32Array, classes: number): Float32Array {
  const plane = logits.length / classes;
  const highest = logits.slice(0, plane);
  for (let from = plane; from < logits.length; from += plane) {
    for (let cell = 0; cell < plane; cell++) {
      if (logits[from + cell] > highest[cell]) highest[cell] = logits[from + cell];
    }
  }
  return highest.map((z) => 1 / (1 + Math.exp(-z)));
}

function sideError(before: Float32Array, after: Float32Array, weights: Float32Array): number {
  const plane = weights.length;
  let error = 0;
  let total = 0;
  for (let i = 0; i < before.length; i++) {
    const weight = weights[i % plane];
    error += weight * Math.min(1, Math.abs(after[i] - before[i]) / (Math.abs(before[i]) + 1e-3));
    total += weight;
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
