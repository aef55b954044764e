/**
 * Networks as ONNX files in memory.
 *
 * @module
 */
import { toOnnx } from "../core/graph/mod.ts";
import { encodeOnnx } from "../core/onnx/mod.ts";
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
  return { ...rest, onnx: encodeOnnx(toOnnx(graph, weights).model), filter: resizeFilter(graph) };
}
