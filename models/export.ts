/** Models as ONNX files, for onnxruntime anywhere and for bneck itself. */
import { usageError } from "../core/errors.ts";
import { type Extent, inferShapes, shapeOf, toOnnx } from "../core/graph/mod.ts";
import {
  encodeOnnx,
  type OnnxModel,
  type OnnxTensor,
  type OnnxValueInfo,
  standardNode,
  withComputedInput,
  withConstantInput,
  withHalfWeights,
  withInputAt,
} from "../core/onnx/mod.ts";
import type { RunnableModel } from "./entry.ts";
import { inputExtent, type InputSize } from "./input_size.ts";
import { weightsOf } from "./licence.ts";
import { writeMetadata } from "./metadata.ts";
import type { Network, Task } from "./network.ts";
import { resizeFilter } from "./preprocessing.ts";

/** What is exported and how. */
export interface ExportOptions {
  /** @default {all that the model has} */
  readonly tasks?: readonly Task[];
  /**
   * The bare network: from normalised floats (`input`, `[N, 3, H, W]`) instead of the raw image.
   * @default {false}
   */
  readonly raw?: boolean;
  /**
   * One size for all images; otherwise it follows from the size of the image, as the model has it, or is an input of
   * the file (`size`) where the rule is too involved for a graph.
   */
  readonly size?: Extent;
  /** Weights in half precision. @default {false} */
  readonly half?: boolean;
}

/** A model as a file. */
export interface ExportedModel {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

/**
 * Writes a model as ONNX.
 *
 * @throws {BneckError} when its weights are missing, it cannot have the size asked for, or it already is an exported file.
 */
export async function exportModel(entry: RunnableModel, options: ExportOptions = {}): Promise<ExportedModel> {
  const { raw = false, half = false } = options;
  // For a network that sees the middle of images, a square is cut out, not squeezed.
  const isCrop = !raw && entry.preprocessing?.crop !== undefined && options.size?.[0] === options.size?.[1];
  const wanted = options.size && wantedSize(options.size, isCrop);
  const size = isCrop ? undefined : options.size;
  const network = await entry.build(options.tasks ?? entry.tasks, wanted);
  if ("onnx" in network) {
    throw usageError(`${entry.name} is already an exported file: export the model that it was made from`);
  }
  if (size) checkSize(entry.name, network, size);

  const files = weightsOf(entry.weights, options.tasks ?? entry.tasks);
  const joined = (values: readonly string[]) => [...new Set(values)].join("; ");
  const metadata = writeMetadata({
    name: entry.name,
    summary: entry.summary,
    architecture: entry.architecture,
    input: raw ? "tensor" : "image",
    tasks: network.tasks,
    inputSize: network.inputSize,
    sizeGrid: network.sizeGrid,
    filter: resizeFilter(network.graph),
    licence: joined(files.map(({ licence }) => licence)),
    source: joined(files.map(({ from }) => from)),
    preprocessing: entry.preprocessing ? JSON.stringify(entry.preprocessing) : "in the graph",
  });
  const { model } = toOnnx(network.graph, network.weights, { metadata, size });
  const shaped = raw ? rawNetwork(model, network, size) : sized(model, network, size);
  const final = half ? withHalfWeights(shaped) : shaped;
  return { bytes: encodeOnnx(final), inputs: final.graph.inputs, outputs: final.graph.outputs };
}

function wantedSize([height, width]: Extent, isCrop: boolean): InputSize {
  return isCrop ? { kind: "shorter", pixels: width } : { kind: "exact", height, width };
}

/** A size off the network's grid must not be fixed in a file. */
function checkSize(name: string, { sizeGrid }: Network, [height, width]: Extent): void {
  const nearest = inputExtent({ kind: "exact", height, width }, sizeGrid, width, height);
  if (nearest[0] === height && nearest[1] === width) return;
  throw usageError(
    `${name} does not take images of ${height}×${width}: the nearest size is ${nearest.join("×")}`,
  );
}

/** The tensor that the preprocessing returns. */
const NORMALISED = "preprocess";

function rawNetwork(model: OnnxModel, network: Network, size: Extent | undefined): OnnxModel {
  const [height, width] = size ?? ["height", "width"];
  const batch = size ? 1 : "batch";
  const input: OnnxValueInfo = { name: "input", elementType: "float32", shape: [batch, 3, height, width] };
  const cut = withInputAt(model, NORMALISED, input);
  return withOutputShapes(cut, network, size ? [size] : SIZES, batch);
}

function sized(model: OnnxModel, network: Network, size: Extent | undefined): OnnxModel {
  const { inputSize, sizeGrid } = network;
  const single = withSingleImages(model);
  const fixed = size ??
    (inputSize.kind === "exact" ? [inputSize.height, inputSize.width] as const : undefined);
  if (fixed) {
    return withOutputShapes(withConstantInput(single, integers("size", [...fixed])), network, [fixed], 1);
  }
  const shaped = withOutputShapes(single, network, SIZES, 1);
  const isPlain = [sizeGrid.height, sizeGrid.width].every(({ step, rounding }) =>
    step === 1 && rounding === "down"
  );
  return inputSize.kind === "shorter" && isPlain ? withShorterSide(shaped, inputSize.pixels) : shaped;
}

/** Two sizes at which everything that depends on the size differs, for every model. */
const SIZES: readonly Extent[] = [[512, 640], [768, 1024]];

/** Images differ in size, so they cannot form a batch. */
function withSingleImages(model: OnnxModel): OnnxModel {
  const inputs = model.graph.inputs.map((input) =>
    input.name === "image" ? { ...input, shape: [1, "image_height", "image_width", 3] } : input
  );
  return { ...model, graph: { ...model.graph, inputs } };
}

/** Computes the size in the graph: ⌊side · pixels / shorter side⌋ for both sides. */
function withShorterSide(model: OnnxModel, pixels: number): OnnxModel {
  const int = (value: number) => ({ type: "int" as const, value });
  return withComputedInput(model, "size", [
    standardNode("Shape", ["image"], "size.of_image", { start: int(1), end: int(3) }),
    standardNode("ReduceMin", ["size.of_image"], "size.shorter", { keepdims: int(1) }),
    standardNode("Mul", ["size.of_image", "size.pixels"], "size.scaled"),
    standardNode("Div", ["size.scaled", "size.shorter"], "size"),
  ], [integers("size.pixels", [pixels])]);
}

/** Declares the shapes of the outputs: lengths that are the same at all `sizes` are numbers. */
function withOutputShapes(
  model: OnnxModel,
  network: Network,
  sizes: readonly Extent[],
  batch: number | "batch",
): OnnxModel {
  const all = sizes.map((size) => inferShapes(network.graph, { shapes: { image: [1, ...size, 3] }, size }));
  const outputs = model.graph.outputs.map((output) => {
    const [first, ...others] = all.map((shapes) => shapeOf(shapes, network.graph.outputs[output.name]));
    const shape = first.map((length, axis) => others.every((other) => other[axis] === length) ? length : "");
    return { ...output, shape: [batch, ...shape.slice(1)] };
  });
  return { ...model, graph: { ...model.graph, outputs } };
}

function integers(name: string, values: readonly number[]): OnnxTensor {
  const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, elementType: "int64", shape: [values.length], data };
}
