/** What networks of files take of memory: how large their layers are is known only once they ran. */
import { BneckError } from "../core/errors.ts";
import type { Extent } from "../core/graph/mod.ts";
import { decodeOnnx, encodeOnnx, type OnnxGraph, type OnnxModel, withShapes } from "../core/onnx/mod.ts";
import { type NamedTensor, Session } from "../core/session/mod.ts";
import { takesAnySize } from "./adopted_graph.ts";
import { bytesPerPixelOf, SAMPLE } from "./encode_network.ts";
import { imageFeeds } from "./image_feeds.ts";
import { inputExtent } from "./input_size.ts";
import type { OnnxNetwork } from "./network.ts";
import { adoptedFeeds } from "./tensor_input.ts";

/** What it takes to run the network of a file. */
type FileNetwork = Pick<OnnxNetwork, "onnx" | "adopted" | "inputSize" | "sizeGrid">;

/**
 * Bytes that the network of a file takes for each pixel of its input, from the shapes in a run at {@linkcode SAMPLE}, or at
 * the only size that it takes; `undefined` where it cannot run, or has values without a shape.
 */
export async function measuredBytesPerPixel(network: FileNetwork, name: string): Promise<number | undefined> {
  try {
    const model = decodeOnnx(network.onnx, name);
    const extent = sampleExtent(network, model);
    const inputs = sampleInputs(network, model.graph, extent);
    const computed = [...new Set(model.graph.nodes.flatMap(({ outputs }) => outputs))].filter(Boolean);
    const session = await Session.open(encodeOnnx(withShapes(model, computed)), name);
    try {
      const shapes = await session.run(inputs);
      const sizes = new Map(Object.entries(inputs).map(([input, { shape }]) => [input, product(shape)]));
      computed.forEach((tensor, index) => sizes.set(tensor, product(shapes[`shape.${index}`].data)));
      return bytesPerPixelOf(largestLayer(model.graph, sizes), extent);
    } finally {
      await session.close();
    }
  } catch (error) {
    if (error instanceof BneckError) return undefined;
    throw error;
  }
}

function sampleExtent({ adopted, inputSize, sizeGrid }: FileNetwork, model: OnnxModel): Extent {
  const [height, width] = SAMPLE;
  const isOpen = adopted
    ? takesAnySize(model, adopted.input)
    : model.graph.inputs.some(({ name }) => name === "size");
  if (adopted?.input.fit === "none" && isOpen) return SAMPLE;
  return inputExtent(isOpen ? { kind: "exact", height, width } : inputSize, sizeGrid, width, height);
}

/** An image without content as the network takes it. */
function sampleInputs(
  { adopted, sizeGrid }: FileNetwork,
  { inputs }: OnnxGraph,
  extent: Extent,
): Readonly<Record<string, NamedTensor>> {
  const [height, width] = extent;
  const image = { height, width, data: new Uint8Array(height * width * 3) };
  return adopted
    ? adoptedFeeds(image, extent, sizeGrid.crop, adopted).feeds
    : imageFeeds(image, extent, inputs.some(({ name }) => name === "size"));
}

/** Operators that onnxruntime fuses with the one before, or whose results it writes over what they read. */
const IN_PLACE = new Set(
  "Add Clip Elu Gelu HardSigmoid HardSwish LeakyRelu Mish Mul PRelu Relu Sigmoid Softplus Swish Tanh".split(
    " ",
  ),
);

/** The numbers that are read and written where they are the most. */
function largestLayer({ nodes }: OnnxGraph, sizes: ReadonlyMap<string, number>): number {
  const sum = (tensors: readonly string[]) =>
    tensors.reduce((sum, tensor) => sum + (sizes.get(tensor) ?? 0), 0);
  return nodes.reduce((largest, { operator, inputs, outputs }) => {
    const written = IN_PLACE.has(operator) ? 0 : sum(outputs);
    return Math.max(largest, sum(inputs) + written);
  }, 0);
}

function product(lengths: Iterable<number | bigint>): number {
  let product = 1;
  for (const length of lengths) product *= Number(length);
  return product;
}
