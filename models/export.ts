/** Models as ONNX files, for onnxruntime anywhere and for bneck itself. */
import { usageError } from "../core/errors.ts";
import { type Extent, inferShapes, shapeOf, toOnnx } from "../core/graph/mod.ts";
import {
  encodeOnnx,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValueInfo,
  withComputedInput,
  withConstantInput,
  withHalfWeights,
  withInputAt,
} from "../core/onnx/mod.ts";
import type { RunnableModel } from "./entry.ts";
import { inputExtent, type InputSize } from "./input_size.ts";
import { writeMetadata } from "./metadata.ts";
import type { Network, Task } from "./network.ts";

/** What is exported and how. */
export interface ExportOptions {
  /** @default {all that the model has} */
  readonly tasks?: readonly Task[];
  /**
   * The network alone: from normalised floats (`input`, `[N, 3, H, W]`) instead of from the raw image.
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
 * @throws {BneckError} when its weights are missing, its size cannot be what is asked for, or it is a file already.
 */
export async function exportModel(entry: RunnableModel, options: ExportOptions = {}): Promise<ExportedModel> {
  const { raw = false, half = false, size } = options;
  const wanted: InputSize | undefined = size && { kind: "exact", height: size[0], width: size[1] };
  const network = await entry.build(options.tasks ?? entry.tasks, wanted);
  if ("onnx" in network) {
    throw usageError(`${entry.name} is an exported file already: export what it was made from`);
  }
  if (size) checkSize(entry.name, network, size);

  const [{ from: source, licence }, ...others] = entry.weights;
  const metadata = writeMetadata({
    name: entry.name,
    summary: entry.summary,
    architecture: entry.architecture,
    input: raw ? "tensor" : "image",
    tasks: network.tasks,
    inputSize: network.inputSize,
    lattice: network.lattice,
    licence: [licence, ...others.map((other) => other.licence)].join("; "),
    source: [source, ...others.map((other) => other.from)].join("; "),
    preprocessing: entry.preprocessing ? JSON.stringify(entry.preprocessing) : "in the graph",
  });
  const { model } = toOnnx(network.graph, network.weights, { metadata });
  const shaped = raw ? rawNetwork(model, network, size) : sized(model, network, size);
  const final = half ? withHalfWeights(shaped) : shaped;
  return { bytes: encodeOnnx(final), inputs: final.graph.inputs, outputs: final.graph.outputs };
}

/** A size that the network does not take as it is must not be baked into a file. */
function checkSize(name: string, { lattice }: Network, [height, width]: Extent): void {
  const nearest = inputExtent({ kind: "exact", height, width }, lattice, width, height);
  if (nearest[0] === height && nearest[1] === width) return;
  throw usageError(
    `${name} does not take images of ${height}×${width}: the nearest size is ${nearest.join("×")}`,
  );
}

/** The tensor that the preprocessing returns. */
const NORMALISED = "preprocess";

function rawNetwork(model: OnnxModel, network: Network, size: Extent | undefined): OnnxModel {
  const [height, width] = size ?? ["height", "width"];
  const input: OnnxValueInfo = {
    name: "input",
    elementType: "float32",
    shape: [size ? 1 : "batch", 3, height, width],
  };
  const cut = withInputAt(model, NORMALISED, input);
  return size ? withOutputShapes(cut, network, size) : cut;
}

function sized(model: OnnxModel, network: Network, size: Extent | undefined): OnnxModel {
  const { inputSize, lattice } = network;
  const single = withSingleImages(model);
  if (size) {
    const fixed = withConstantInput(single, integers("size", [...size]));
    return withOutputShapes(fixed, network, size);
  }
  if (inputSize.kind === "exact") {
    const extent: Extent = [inputSize.height, inputSize.width];
    return withOutputShapes(withConstantInput(single, integers("size", [...extent])), network, extent);
  }
  const isPlain = [lattice.height, lattice.width].every(({ step, rounding }) =>
    step === 1 && rounding === "down"
  );
  return inputSize.kind === "shorter" && isPlain ? withShorterSide(single, inputSize.pixels) : single;
}

/** Images differ in size, so that there is no batch of them. */
function withSingleImages(model: OnnxModel): OnnxModel {
  const inputs = model.graph.inputs.map((input) =>
    input.name === "image" ? { ...input, shape: [1, "image_height", "image_width", 3] } : input
  );
  return { ...model, graph: { ...model.graph, inputs } };
}

/** Computes the size in the graph: ⌊side · pixels / shorter side⌋ for both sides. */
function withShorterSide(model: OnnxModel, pixels: number): OnnxModel {
  const node = (operator: string, inputs: string[], output: string, attributes = {}): OnnxNode => ({
    name: output,
    operator,
    domain: "",
    inputs,
    outputs: [output],
    attributes,
  });
  const int = (value: number) => ({ type: "int" as const, value });
  return withComputedInput(model, "size", [
    node("Shape", ["image"], "size.of_image", { start: int(1), end: int(3) }),
    node("ReduceMin", ["size.of_image"], "size.shorter", { keepdims: int(1) }),
    node("Mul", ["size.of_image", "size.pixels"], "size.scaled"),
    node("Div", ["size.scaled", "size.shorter"], "size"),
  ], [integers("size.pixels", [pixels])]);
}

/** Declares the shapes that the outputs have at a fixed size. */
function withOutputShapes(model: OnnxModel, network: Network, size: Extent): OnnxModel {
  const shapes = inferShapes(network.graph, { shapes: { image: [1, ...size, 3] }, size });
  const outputs = model.graph.outputs.map((output) => ({
    ...output,
    shape: shapeOf(shapes, network.graph.outputs[output.name]),
  }));
  return { ...model, graph: { ...model.graph, outputs } };
}

function integers(name: string, values: readonly number[]): OnnxTensor {
  const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
  return { name, elementType: "int64", shape: [values.length], data };
}
