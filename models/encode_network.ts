/**
 * Networks as ONNX files in memory.
 *
 * @module
 */
import { type Extent, type Graph, graphInputs } from "../core/graph/graph.ts";
import { inferShapes } from "../core/graph/shapes.ts";
import { toOnnx } from "../core/graph/to_onnx.ts";
import { encodeOnnx } from "../core/onnx/encode.ts";
import type { Network, OnnxNetwork } from "./network.ts";
import { resizeFilter } from "./preprocessing.ts";

/**
 * A network as the bytes of an ONNX file, with what the graph alone knew beside them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeNetwork, findModel } from "./mod.ts";
 * const network = await findModel("mb3-large-075").build(["detect"]);
 * const { onnx, filter } = encodeNetwork(network);
 * assert.ok(onnx.length > 2 ** 20);
 * assert.equal(filter, "bilinear");
 * ```
 */
export function encodeNetwork({ graph, weights, ...rest }: Network): OnnxNetwork {
  return {
    ...rest,
    onnx: encodeOnnx(toOnnx(graph, weights).model),
    filter: resizeFilter(graph),
    bytesPerPixel: bytesPerPixel(graph),
  };
}

/** The input, `[height, width]`, at which layers are looked at: most are in proportion to it. */
export const SAMPLE: Extent = [512, 512];

/**
 * What onnxruntime was found to take beside the inputs and the output of the largest layer, as a multiple of these: what
 * later layers need, the network's outputs, and what is left between.
 */
const HELD_BESIDES = 2.5;

/**
 * Bytes that a network takes for each pixel of its input.
 *
 * @param largest the numbers that its largest layer reads and writes
 * @param extent the size of the input then
 */
export function bytesPerPixelOf(largest: number, [height, width]: Extent): number {
  return largest * Float32Array.BYTES_PER_ELEMENT * HELD_BESIDES / (height * width);
}

/** Bytes that a network takes for each pixel of its input; `undefined` for inputs of a fixed size. */
function bytesPerPixel(graph: Graph): number | undefined {
  const shapes = Object.fromEntries(
    graphInputs(graph).map(({ operator: { name, elementType, channels } }) => [
      name,
      elementType === "uint8" ? [1, ...SAMPLE, channels] : [1, channels, ...SAMPLE],
    ]),
  );
  try {
    const outputs = inferShapes(graph, { shapes, size: SAMPLE });
    const values = ({ layer }: { readonly layer: Graph["layers"][number] }) =>
      outputs.get(layer)!.reduce((product, length) => product * length, 1);
    const largest = graph.layers.reduce(
      (largest, layer) =>
        Math.max(largest, values({ layer }) + layer.inputs.reduce((sum, input) => sum + values(input), 0)),
      0,
    );
    return bytesPerPixelOf(largest, SAMPLE);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
