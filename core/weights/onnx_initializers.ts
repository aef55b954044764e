/** The constants of an ONNX model as weights. */
import { dirname, join } from "node:path";
import { modelError } from "../errors.ts";
import { quote, readUserFile } from "../files/read_user_file.ts";
import { decodeOnnx, externalData, type OnnxModel, type OnnxTensor } from "../onnx/mod.ts";
import { unreadable } from "./hostile_file.ts";
import { type DType, DTYPE_BYTES, elementCount, type WeightTensor, weightTensor } from "./tensor.ts";

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
 * @param files the contents of the files beside the model that hold external data, by name
 * @throws {BneckError} if the file is damaged, uses external data that is not among `files`, or contains duplicate names
 */
export function parseOnnxInitializers(
  bytes: Uint8Array,
  name: string,
  files: ReadonlyMap<string, Uint8Array> = new Map(),
): OnnxInitializers {
  return initializersOf(decodeOnnx(bytes, name), name, files);
}

/**
 * Reads the initialisers of the ONNX model at `path`, and the files with its external data, which must be in its folder.
 *
 * @param bytes the contents of the model
 * @param maxBytes the maximum size of all files with external data together
 * @throws {BneckError} as {@linkcode parseOnnxInitializers} does, and if a file is missing or too large
 */
export async function readOnnxInitializers(
  bytes: Uint8Array,
  path: string,
  maxBytes: number,
): Promise<OnnxInitializers> {
  const model = decodeOnnx(bytes, path);
  const names = new Set(
    model.graph.initializers.filter(({ external }) => external)
      .map((tensor) => externalData(tensor, whereOf(path, tensor)).file),
  );
  const files = new Map<string, Uint8Array>();
  let left = maxBytes;
  for (const name of names) {
    const what = `the external data of ${path} in`;
    const file = await readUserFile(join(dirname(path), name), { what, maxBytes: left, error: modelError });
    left -= file.length;
    files.set(name, file);
  }
  return initializersOf(model, path, files);
}

function initializersOf(
  { graph, metadata }: OnnxModel,
  name: string,
  files: ReadonlyMap<string, Uint8Array>,
): OnnxInitializers {
  const weights = new Map<string, WeightTensor>();
  for (const tensor of graph.initializers) {
    const { name: key, elementType, shape } = tensor;
    const where = whereOf(name, tensor);
    if (weights.has(key)) throw unreadable(where, "duplicate name");
    if (!isDType(elementType)) throw unreadable(where, `unsupported element type ${elementType}`);
    const data = tensor.external ? externalBytes(tensor, elementType, where, files) : tensor.data;
    weights.set(key, weightTensor(shape, elementType, data, where));
  }
  return { weights, metadata: new Map(Object.entries(metadata)) };
}

function externalBytes(
  tensor: OnnxTensor,
  dtype: DType,
  where: string,
  files: ReadonlyMap<string, Uint8Array>,
): Uint8Array {
  const { file, offset, length = elementCount(tensor.shape) * DTYPE_BYTES[dtype] } = externalData(
    tensor,
    where,
  );
  const bytes = files.get(file);
  if (bytes === undefined) throw unreadable(where, `it uses external data, in ${quote(file)}`);
  if (!(offset + length <= bytes.length)) {
    throw unreadable(
      where,
      `its data, ${length} bytes from byte ${offset}, reach beyond the ${bytes.length} bytes of ${
        quote(file)
      }`,
    );
  }
  return bytes.subarray(offset, offset + length);
}

function whereOf(name: string, tensor: OnnxTensor): string {
  return `${name}: initialiser ${quote(tensor.name)}`;
}

function isDType(elementType: string): elementType is DType {
  return Object.hasOwn(DTYPE_BYTES, elementType);
}
