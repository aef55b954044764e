/**
 * The safetensors format: a 64-bit header length, a JSON header, then the tensors' bytes without gaps. The rules are those
 * of the reference implementation (huggingface/safetensors, `README.md` "Format" and `tensor.rs`).
 */
import { type DType, DTYPE_BYTES, type WeightMap, type WeightTensor, weightTensor } from "./tensor.ts";
import { modelError } from "../errors.ts";
import { ByteReader } from "./byte_reader.ts";
import { isJsonObject, quote } from "../files/read_user_file.ts";
import { unreadable } from "./hostile_file.ts";

/** The maximum length of the header in bytes (the limit of the reference implementation). */
const MAX_HEADER_BYTES = 100_000_000;

const DTYPE_OF = new Map<unknown, DType>([
  ["F64", "float64"],
  ["F32", "float32"],
  ["F16", "float16"],
  ["BF16", "bfloat16"],
  ["I64", "int64"],
  ["I32", "int32"],
  ["I16", "int16"],
  ["I8", "int8"],
  ["U64", "uint64"],
  ["U32", "uint32"],
  ["U16", "uint16"],
  ["U8", "uint8"],
  ["BOOL", "bool"],
]);

const CODE_OF = new Map([...DTYPE_OF].map(([code, dtype]) => [dtype, code as string]));

const METADATA = "__metadata__";

/**
 * Reads the tensors of a safetensors file. Their data are views of `bytes`.
 *
 * @param name names the file in errors
 * @throws {BneckError} if the header is inconsistent with itself or with the file
 */
export function parseSafetensors(bytes: Uint8Array, name: string): WeightMap {
  const { header, data } = readHeader(bytes, name);
  const tensors = new Map<string, WeightTensor>();
  const ranges: { begin: number; end: number }[] = [];
  for (const [key, entry] of Object.entries(header)) {
    if (key === METADATA) continue;
    const where = `${name}: tensor ${quote(key)}`;
    const { dtype: code, shape, data_offsets: offsets } = asObject(entry, where);
    const dtype = DTYPE_OF.get(code);
    if (dtype === undefined) throw unreadable(where, `unsupported element type ${quote(code)}`);
    if (!isSizes(shape)) throw unreadable(where, "its shape is not a list of sizes");
    if (!isSizes(offsets) || offsets.length !== 2 || offsets[0] > offsets[1] || offsets[1] > data.length) {
      throw unreadable(where, `its data_offsets are not within the ${data.length} bytes of data`);
    }
    const [begin, end] = offsets;
    tensors.set(key, weightTensor(shape, dtype, data.subarray(begin, end), where));
    ranges.push({ begin, end });
  }
  checkCoverage(ranges, data.length, name);
  return tensors;
}

/**
 * The text entries of a safetensors file's `__metadata__`; empty if there are none.
 *
 * @param name names the file in errors
 * @throws {BneckError} if the header or an entry is malformed
 */
export function safetensorsMetadata(bytes: Uint8Array, name: string): ReadonlyMap<string, string> {
  const { header } = readHeader(bytes, name);
  const metadata = new Map<string, string>();
  if (!Object.hasOwn(header, METADATA)) return metadata;
  for (const [key, value] of Object.entries(asObject(header[METADATA], `${name}: ${METADATA}`))) {
    if (typeof value !== "string") throw unreadable(name, `${METADATA} entry ${quote(key)} is not text`);
    metadata.set(key, value);
  }
  return metadata;
}

/**
 * The bytes of a safetensors file with `tensors`, widest elements first so that all are aligned, then by name.
 *
 * @throws {BneckError} if a tensor is named `__metadata__`, which the format reserves
 *
 * ```ts
 * import { encodeSafetensors, parseSafetensors } from "./safetensors.ts";
 * import { float32Tensor, toFloat32 } from "./tensor.ts";
 * const bytes = encodeSafetensors(new Map([["bias", float32Tensor([2], Float32Array.of(1, 2))]]));
 * const bias = parseSafetensors(bytes, "example").get("bias");
 * console.assert(bias !== undefined && toFloat32(bias).join() === "1,2");
 * ```
 */
export function encodeSafetensors(tensors: WeightMap, metadata?: ReadonlyMap<string, string>): Uint8Array {
  const sorted = [...tensors].sort(([nameA, a], [nameB, b]) =>
    DTYPE_BYTES[b.dtype] - DTYPE_BYTES[a.dtype] || (nameA < nameB ? -1 : 1)
  );
  if (tensors.has(METADATA)) throw modelError(`cannot write safetensors: no tensor may be named ${METADATA}`);
  const entries: [string, unknown][] = metadata?.size ? [[METADATA, Object.fromEntries(metadata)]] : [];
  let length = 0;
  for (const [key, { dtype, shape, data }] of sorted) {
    entries.push([key, { dtype: CODE_OF.get(dtype), shape, data_offsets: [length, length + data.length] }]);
    length += data.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + length).fill(0x20, 8, 8 + headerLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(json, 8);
  let position = 8 + headerLength;
  for (const [, { data }] of sorted) {
    file.set(data, position);
    position += data.length;
  }
  return file;
}

function readHeader(bytes: Uint8Array, name: string): { header: Record<string, unknown>; data: Uint8Array } {
  const reader = new ByteReader(bytes, name);
  const length = reader.u64();
  if (length > MAX_HEADER_BYTES) throw unreadable(name, `its header of ${length} bytes is too long`);
  const json = reader.take(length);
  if (json[0] !== 0x7b) throw unreadable(name, "its header is not a JSON object");
  try {
    const header = asObject(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json)), name);
    return { header, data: bytes.subarray(reader.position) };
  } catch (cause) {
    throw unreadable(name, "its header is not valid JSON", cause);
  }
}

/** Throws unless every byte of the data belongs to exactly one tensor: no overlaps, no gaps, no remainder. */
function checkCoverage(ranges: { begin: number; end: number }[], length: number, name: string): void {
  ranges.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const { begin, end } of ranges) {
    if (begin !== covered) {
      throw unreadable(
        name,
        `its tensors ${begin < covered ? "overlap" : "leave a gap"} at byte ${begin} of the data`,
      );
    }
    covered = end;
  }
  if (covered !== length) {
    throw unreadable(name, `its tensors end at byte ${covered} of the data, which has ${length}`);
  }
}

function asObject(value: unknown, where: string): Record<string, unknown> {
  if (!isJsonObject(value)) throw unreadable(where, "a JSON object is expected");
  return value;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
