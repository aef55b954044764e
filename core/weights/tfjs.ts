/**
 * TensorFlow.js weights: the `weightsManifest` of a layers or graph model (or a bare manifest, a list) and its binary
 * shards, decoded like `decodeWeights` in `io/io_utils.ts` of tfjs-core.
 */
import { dirname, join } from "node:path";
import {
  type DType,
  DTYPE_BYTES,
  elementCount,
  typedElements,
  type WeightMap,
  type WeightTensor,
  weightTensor,
} from "./tensor.ts";
import { concatenate } from "../bytes.ts";
import { modelError } from "../errors.ts";
import { isJsonObject, parseUserJson, quote, readUserFile, readUserText } from "../files/read_user_file.ts";
import { unreadable } from "./hostile_file.ts";

/** The maximum size of a model JSON in bytes: 64 MiB. */
const MAX_JSON_BYTES = 64 * 2 ** 20;

/** A TensorFlow.js model: its weights and the rest of its JSON. */
export interface TfjsModel {
  readonly weights: WeightMap;
  /** The whole JSON; `json.modelTopology` is the graph. A bare manifest gives an empty object. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** How a weight is stored in the shards. */
interface StoredWeight {
  readonly name: string;
  readonly shape: readonly number[];
  /** The type of the decoded values. */
  readonly dtype: DType;
  /** The type of the stored elements; different from `dtype` if quantized. */
  readonly stored: DType;
  readonly scale: number;
  readonly min: number;
  readonly bytes: number;
}

interface Manifest {
  readonly json: Readonly<Record<string, unknown>>;
  readonly paths: readonly string[];
  readonly weights: readonly StoredWeight[];
  /** The total size of all weights. */
  readonly bytes: number;
}

const DTYPES = new Map<unknown, DType>([["float32", "float32"], ["int32", "int32"], ["bool", "bool"]]);
const QUANTIZED = new Map<unknown, DType>([["float16", "float16"], ["uint8", "uint8"], ["uint16", "uint16"]]);

/**
 * Decodes the weights of a TensorFlow.js model. Weights quantized to float16 keep that element type; those quantized to
 * uint8 or uint16 become `value * scale + min` in float32, or rounded in int32. The others are views of `bins`.
 *
 * @param manifest the model's JSON, as text or parsed
 * @param bins all shards concatenated, in the order of the manifest
 * @param name names the file in errors
 * @throws {BneckError} if the manifest is malformed or its sizes do not add up to exactly `bins`
 */
export function parseTfjsWeights(manifest: unknown, bins: Uint8Array, name: string): WeightMap {
  return decodeWeights(readManifest(manifest, name), bins, name);
}

/**
 * Reads a model JSON and the shards it names, which must be in the folder of the JSON or below.
 *
 * @throws {BneckError} if a file cannot be read, a path leads outside that folder, or the sizes do not add up
 */
export async function readTfjsModel(jsonPath: string): Promise<TfjsModel> {
  const options = { maxBytes: MAX_JSON_BYTES, error: modelError, pipes: false };
  const text = await readUserText(jsonPath, options);
  const manifest = readManifest(text, jsonPath);
  const shards: Uint8Array[] = [];
  let left = manifest.bytes;
  for (const path of manifest.paths) {
    const shard = await readUserFile(join(dirname(jsonPath), path), { maxBytes: left, error: modelError });
    left -= shard.length;
    shards.push(shard);
  }
  const bins = shards.length === 1 ? shards[0] : concatenate(shards);
  return { weights: decodeWeights(manifest, bins, jsonPath), json: manifest.json };
}

function readManifest(source: unknown, name: string): Manifest {
  const parsed = typeof source === "string" ? parseUserJson(source, name, { error: modelError }) : source;
  const json = isJsonObject(parsed) ? parsed : {};
  const groups = Array.isArray(parsed) ? parsed : json.weightsManifest;
  if (!Array.isArray(groups)) {
    throw unreadable(name, "it is JSON but not a TensorFlow.js model (no weightsManifest)");
  }
  const paths: string[] = [];
  const weights: StoredWeight[] = [];
  for (const group of groups) {
    if (!isJsonObject(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights)) {
      throw unreadable(name, "an entry of its weightsManifest has no paths or weights");
    }
    for (const path of group.paths) paths.push(checkShardPath(path, name));
    for (const weight of group.weights) weights.push(readWeight(weight, name));
  }
  const bytes = weights.reduce((sum, weight) => sum + weight.bytes, 0);
  return { json, paths, weights, bytes };
}

function readWeight(entry: unknown, file: string): StoredWeight {
  if (!isJsonObject(entry) || typeof entry.name !== "string") {
    throw unreadable(file, "a weight in its manifest has no name");
  }
  const { name, shape, quantization } = entry;
  const where = `${file}: weight ${quote(name)}`;
  const dtype = DTYPES.get(entry.dtype);
  if (dtype === undefined) throw unreadable(where, `unsupported element type ${quote(entry.dtype)}`);
  if (!Array.isArray(shape)) throw unreadable(where, "it has no shape");
  const count = elementCount(shape);
  if (Number.isNaN(count)) throw unreadable(where, "its shape is not a list of sizes");
  const plain = { name, shape, dtype, stored: dtype, scale: 1, min: 0, bytes: count * DTYPE_BYTES[dtype] };
  if (quantization === undefined) return plain;

  const stored = isJsonObject(quantization) ? QUANTIZED.get(quantization.dtype) : undefined;
  if (!isJsonObject(quantization) || stored === undefined) {
    throw unreadable(where, "unsupported quantization");
  }
  const bytes = count * DTYPE_BYTES[stored];
  if (stored === "float16") {
    if (dtype !== "float32") throw unreadable(where, `unsupported float16 quantization of ${dtype}`);
    return { ...plain, stored, bytes };
  }
  const { scale, min } = quantization;
  if (dtype === "bool") throw unreadable(where, `unsupported ${stored} quantization of bool`);
  if (typeof scale !== "number" || typeof min !== "number") {
    throw unreadable(where, `its ${stored} quantization has no scale or min`);
  }
  return { ...plain, stored, scale, min, bytes };
}

function decodeWeights({ weights, bytes }: Manifest, bins: Uint8Array, name: string): WeightMap {
  if (bytes !== bins.length) {
    throw unreadable(name, `its weights need ${bytes} bytes of binary data, but there are ${bins.length}`);
  }
  const tensors = new Map<string, WeightTensor>();
  let position = 0;
  for (const weight of weights) {
    const where = `${name}: weight ${quote(weight.name)}`;
    if (tensors.has(weight.name)) throw unreadable(where, "duplicate name");
    const stored = weightTensor(
      weight.shape,
      weight.stored,
      bins.subarray(position, position + weight.bytes),
      where,
    );
    tensors.set(weight.name, dequantize(weight, stored));
    position += weight.bytes;
  }
  return tensors;
}

function dequantize({ dtype, scale, min }: StoredWeight, stored: WeightTensor): WeightTensor {
  if (stored.dtype === dtype || stored.dtype === "float16") return stored;
  const codes = typedElements(stored);
  const values = dtype === "int32" ? new Int32Array(codes.length) : new Float32Array(codes.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(codes[i]) * scale + min;
    values[i] = dtype === "int32" ? Math.round(value) : value;
  }
  return weightTensor(stored.shape, dtype, new Uint8Array(values.buffer));
}

/**
 * The path of a shard, which must not lead outside the folder of its manifest.
 *
 * @throws {BneckError} It does.
 */
export function checkShardPath(path: unknown, name: string): string {
  if (typeof path !== "string" || path === "" || !/^[^\\:\0]+$/.test(path) || path.startsWith("/")) {
    throw unreadable(name, `the weight file name ${quote(path)} is not a plain relative path`);
  }
  if (path.split("/").includes("..")) {
    throw unreadable(name, `the weight file name ${quote(path)} leads out of its folder`);
  }
  return path;
}
