/** The constants of an ONNX model as weights. */
import { decodeOnnx } from "../onnx/mod.ts";
import { type DType, DTYPE_BYTES, type WeightTensor, weightTensor } from "./tensor.ts";
import { quote } from "../files/read_user_file.ts";
import { unreadable } from "./hostile_file.ts";

/** The weights of an ONNX model and its metadata. */
export interface OnnxInitializers {
  readonly weights: ReadonlyMap<string, WeightTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads the initialisers of an ONNX model, without those of its sub-graphs. Data that the file stores raw are views of
 * `bytes`.
 *
 * @param name names the file in errors
 * @throws {BneckError} if the file is damaged, uses external data, or contains duplicate names
 */
export function parseOnnxInitializers(bytes: Uint8Array, name: string): OnnxInitializers {
  const { graph, metadata } = decodeOnnx(bytes, name);
  const weights = new Map<string, WeightTensor>();
  for (const { name: key, elementType, shape, data, external } of graph.initializers) {
    const where = `${name}: initialiser ${quote(key)}`;
    if (external) {
      throw unreadable(where, "it uses external data: save the model with its weights in the same file");
    }
    if (weights.has(key)) throw unreadable(where, "duplicate name");
    if (!isDType(elementType)) throw unreadable(where, `unsupported element type ${elementType}`);
    weights.set(key, weightTensor(shape, elementType, data, where));
  }
  return { weights, metadata: new Map(Object.entries(metadata)) };
}

function isDType(elementType: string): elementType is DType {
  return Object.hasOwn(DTYPE_BYTES, elementType);
}
