/** The constants of an ONNX model as weights. */
import { decodeOnnx } from "../onnx/mod.ts";
import { type DType, DTYPE_BYTES, type WeightTensor, weightTensor } from "./tensor.ts";
import { quote, unreadable } from "./unreadable.ts";

/** The weights of an ONNX model and the text entries of its metadata. */
export interface OnnxInitializers {
  readonly weights: ReadonlyMap<string, WeightTensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads the initialisers of an ONNX model; constants inside of sub-graphs are not among them. Their data are views
 * of `bytes` where the file stores them raw.
 *
 * @param name names the file in errors
 * @throws BneckError if the file is damaged, keeps its weights in a file beside it, or names two alike
 */
export function parseOnnxInitializers(bytes: Uint8Array, name: string): OnnxInitializers {
  const { graph, metadata } = decodeOnnx(bytes, name);
  const weights = new Map<string, WeightTensor>();
  for (const { name: key, elementType, shape, data, external } of graph.initializers) {
    const where = `${name}: initialiser ${quote(key)}`;
    if (external) {
      throw unreadable(where, "its data lie in another file: save the model with its weights inside");
    }
    if (weights.has(key)) throw unreadable(where, "there are two of that name");
    if (!isDType(elementType)) throw unreadable(where, `its element type ${elementType} is not supported`);
    weights.set(key, weightTensor(shape, elementType, data, where));
  }
  return { weights, metadata: new Map(Object.entries(metadata)) };
}

function isDType(elementType: string): elementType is DType {
  return Object.hasOwn(DTYPE_BYTES, elementType);
}
