/** What a graph that nothing is known of takes and returns. */
import { modelError } from "../../core/errors.ts";
import type { Extent } from "../../core/graph/mod.ts";
import type { RgbImage } from "../../core/images/mod.ts";
import type { OnnxGraph, OnnxValueInfo } from "../../core/onnx/mod.ts";
import { randomNumbers } from "../../core/random.ts";
import { WorkerPool } from "../../core/workers/mod.ts";
import type { OutputShape } from "../../heads/mod.ts";
import { MAX_BATCH, spatialAxes } from "../adopted_graph.ts";
import { printable } from "../metadata.ts";
import { INPUT_TYPES } from "./choices.ts";
import { type CompanionInput, companionOf } from "../companion_inputs.ts";
import { LARGEST_SIDE } from "../input_size.ts";
import type { AdoptedGraph } from "../network.ts";
import type { TensorInput } from "../tensor_input.ts";
import { shapeAs } from "../tensor_outputs.ts";

/** The input of a graph as it is declared. */
export interface DeclaredInput extends Pick<TensorInput, "name" | "layout" | "elementType" | "batch"> {
  /** The size of the images; absent, where it is open. */
  readonly size?: Extent;
  /** What the graph takes beside the image. */
  readonly companions: readonly CompanionInput[];
}

/** An output of one run. */
export interface ObservedOutput {
  readonly name: string;
  /** Of a batch of one. */
  readonly shape: readonly number[];
  readonly isInteger: boolean;
  readonly data: Float32Array;
}

/** The first output of a usual name, or the first of all. */
export function chosen(outputs: readonly ObservedOutput[], usual: RegExp) {
  const named = outputs.find(({ name }) => usual.test(name));
  return { output: named ?? outputs[0], isGuess: named === undefined && outputs.length > 1 };
}

/** Whether an output is floats of a shape, or of one that only has axes of one more or fewer. */
export function isTable({ shape, isInteger }: ObservedOutput, wanted: OutputShape): boolean {
  return !isInteger && shapeAs(shape, wanted) !== undefined;
}

/**
 * The image input of a graph, and what goes with it.
 *
 * @throws {BneckError} when there are others, or it is not an image of three channels.
 */
export function declaredInput(
  graph: OnnxGraph,
  layout: TensorInput["layout"] | undefined,
  path: string,
): DeclaredInput {
  const initializers = new Set(graph.initializers.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !initializers.has(name));
  const companions = inputs.map(companionOf).filter((found) => found !== undefined);
  const images = inputs.filter((input) => !companionOf(input));
  if (images.length !== 1) {
    throw modelError(
      `${path} takes ${inputs.length} inputs (${
        inputs.map(textOf).join("; ")
      }): supported are graphs of one image, and beside it its size, a scale or a mask of padding`,
    );
  }
  const [input] = images;
  const { name, shape, elementType } = input;
  const type = INPUT_TYPES.find((type) => type === elementType);
  if (type === undefined) {
    throw modelError(`${path} takes ${textOf(input)}: supported are ${INPUT_TYPES.join(", ")}`);
  }
  const found = layout ?? layoutOf(shape);
  if (found === undefined) {
    throw modelError(
      `${path} takes ${
        textOf(input)
      }: supported are images of three channels, [1, 3, height, width], [1, height, width, 3] or [3, height, width]`,
      undefined,
      shape === undefined ? { option: "layout", advice: "name the order of its axes" } : undefined,
    );
  }
  const [y, x] = spatialAxes(found).map((axis) => shape?.[axis]);
  if (typeof y !== typeof x) {
    throw modelError(`${path} takes ${textOf(input)}: only one of its sides is fixed`);
  }
  const isFixed = typeof y === "number" && typeof x === "number";
  if (isFixed && (y < 1 || x < 1 || y > LARGEST_SIDE || x > LARGEST_SIDE)) {
    throw modelError(`${path} takes ${textOf(input)}: its sides must be 1 to ${LARGEST_SIDE}`);
  }
  const batch = found !== "CHW" && typeof shape?.[0] === "number" && shape[0] > 0 ? shape[0] : 1;
  if (batch > MAX_BATCH) {
    throw modelError(`${path} takes ${batch} images at once: supported are up to ${MAX_BATCH}`);
  }
  return { name, layout: found, elementType: type, batch, companions, ...(isFixed ? { size: [y, x] } : {}) };
}

function layoutOf(shape: OnnxValueInfo["shape"]): TensorInput["layout"] | undefined {
  if (shape?.length === 3 && shape[0] === 3) return "CHW";
  if (shape?.length !== 4) return undefined;
  if (shape[1] === 3) return "NCHW";
  if (shape[3] === 3) return "NHWC";
  // PyTorch's exporter can leave every axis open.
  return shape.every((size) => typeof size === "string") ? "NCHW" : undefined;
}

/** A name from a file, as it can be printed. */
export function shortName(name: string): string {
  return printable(name.slice(0, 60));
}

function textOf({ name, elementType, shape }: OnnxValueInfo): string {
  const sizes = shape?.map((size) => typeof size === "string" ? shortName(size) || "?" : size).join(", ") ??
    "?";
  return `${shortName(name)}: ${elementType} [${sizes}]`;
}

/** Smooth colours under noise, always the same: `[240, 320, 3]`. */
export function testImage(): RgbImage {
  const [width, height] = [320, 240];
  const random = randomNumbers(1);
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const at = Math.floor(i / 3);
    const [x, y] = [at % width / width, Math.floor(at / width) / height];
    return 200 * [x, y, 1 - x][i % 3] + 55 * random();
  });
  return { width, height, data };
}

/** One run of a graph on {@linkcode testImage}. */
export interface Trial {
  readonly onnx: Uint8Array;
  /** Names the file in messages. */
  readonly path: string;
  readonly graph: Pick<AdoptedGraph, "input" | "companions">;
  readonly extent: Extent;
}

/**
 * What a graph returns, found out in another thread: a run blocks its thread until it ends, and some never do. This one
 * stays free to hear Ctrl-C.
 *
 * @throws {BneckError} when it cannot be loaded or run.
 */
export async function observeOutputs(trial: Trial): Promise<readonly ObservedOutput[]> {
  const module = new URL("./trial_worker.ts", import.meta.url);
  const options = { module, workers: 1, init: null };
  await using pool = await WorkerPool.start<null, Trial, readonly ObservedOutput[]>(options);
  const [outcome] = await Array.fromAsync(pool.run([trial]));
  if (outcome.error) throw outcome.error;
  return outcome.result;
}
