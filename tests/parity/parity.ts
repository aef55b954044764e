/** Comparing outputs with those of a reference. */
import type { Graph } from "../../core/graph/mod.ts";
import { type BoundWeights, toOnnx } from "../../core/graph/mod.ts";
import type { RgbImage } from "../../core/images/mod.ts";
import { encodeOnnx } from "../../core/onnx/mod.ts";
import { Session } from "../../core/session/mod.ts";
import type { Detections, HeadOutput, HeadOutputs } from "../../heads/mod.ts";
import type { Preprocessing } from "../../models/preprocessing.ts";

/** Runs a network on a normalised image; its outputs by name without the task. */
export async function runNetwork(
  graph: Graph,
  weights: BoundWeights,
  input: HeadOutput,
): Promise<HeadOutputs> {
  const session = await Session.open(encodeOnnx(toOnnx(graph, weights).model), "the network under test");
  try {
    const outputs = await session.run({ input });
    return Object.fromEntries(
      Object.entries(outputs).map(([name, { shape, data }]) => [
        name.slice(name.indexOf(".") + 1),
        { shape, data: data as Float32Array },
      ]),
    );
  } finally {
    await session.close();
  }
}

/** An image as a network sees it that is not resized: `[1, 3, H, W]`. */
export function normalised(
  { width, height, data }: RgbImage,
  { mean, std }: Pick<Preprocessing, "mean" | "std">,
): HeadOutput {
  const plane = width * height;
  const values = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) values[c * plane + i] = (data[i * 3 + c] / 255 - mean[c]) / std[c];
  }
  return { shape: [1, 3, height, width], data: values };
}

/** The largest difference, as a share of the largest reference value. */
export function relativeError(found: Float32Array, reference: Float32Array): number {
  if (found.length !== reference.length) return Infinity;
  let [difference, largest] = [0, 0];
  for (let i = 0; i < found.length; i++) {
    const distance = Math.abs(found[i] - reference[i]);
    // A value that is not a number is as wrong as can be.
    if (!(distance <= difference)) difference = Number.isNaN(distance) ? Infinity : distance;
    largest = Math.max(largest, Math.abs(reference[i]));
  }
  return difference / largest;
}

/** How the detections of an image agree. */
export interface DetectionAgreement {
  readonly reference: number;
  /** Reference detections that have one of the same class close to them. */
  readonly matched: number;
  /** Of those. */
  readonly boxError: number;
  readonly scoreError: number;
  /** Places at which the order differs though the scores do by more than the tolerance. */
  readonly misplaced: number;
}

/** Finds for each reference detection the nearest of its class whose score is within `scoreTolerance`. */
export function compareDetections(
  found: Detections,
  reference: Detections,
  { pixels, score: scoreTolerance }: { readonly pixels: number; readonly score: number },
): DetectionAgreement {
  const taken = new Set<number>();
  let [matched, boxError, scoreError, misplaced] = [0, 0, 0, 0];
  for (let row = 0; row < reference.count; row++) {
    let best = -1;
    let bestDistance = Infinity;
    for (let other = 0; other < found.count; other++) {
      if (taken.has(other) || found.classes[other] !== reference.classes[row]) continue;
      if (!(Math.abs(found.scores[other] - reference.scores[row]) <= scoreTolerance)) continue;
      const distance = Math.max(
        ...[0, 1, 2, 3].map((side) =>
          Math.abs(found.boxes[other * 4 + side] - reference.boxes[row * 4 + side])
        ),
      );
      if (distance < bestDistance) [best, bestDistance] = [other, distance];
    }
    if (!(bestDistance <= pixels)) continue;
    taken.add(best);
    matched++;
    boxError = Math.max(boxError, bestDistance);
    scoreError = Math.max(scoreError, Math.abs(found.scores[best] - reference.scores[row]));
    if (Math.abs(reference.scores[best] - reference.scores[row]) > scoreTolerance) misplaced++;
  }
  return { reference: reference.count, matched, boxError, scoreError, misplaced };
}

/** How many pixels there are whose label differs; 255 in the reference means that two classes are as good. */
export function differingLabels(found: Uint8Array | Uint16Array, reference: Uint8Array): number {
  let differing = found.length === reference.length ? 0 : Infinity;
  for (let i = 0; i < reference.length; i++) {
    if (reference[i] !== 255 && found[i] !== reference[i]) differing++;
  }
  return differing;
}
