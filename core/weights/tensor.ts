/** Weights in memory: tensors as the file stores them, converted to float32 on request. */
import { unreadable } from "./hostile_file.ts";

/** Bytes per element of each element type. */
export const DTYPE_BYTES = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
} as const;

/** The element type of a tensor. */
export type DType = keyof typeof DTYPE_BYTES;

/** A dense tensor, row-major. */
export interface WeightTensor {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /**
   * The elements, little-endian: exactly `elementCount(shape) * DTYPE_BYTES[dtype]` bytes, usually a view of the file's
   * bytes with any alignment. Read it with {@linkcode toFloat32} or {@linkcode typedElements}.
   */
  readonly data: Uint8Array;
}

/** Tensors by name, in the order of the file. */
export type WeightMap = ReadonlyMap<string, WeightTensor>;

/** The maximum number of dimensions of a tensor; weights have at most six. */
export const MAX_RANK = 16;

/** The number of elements of `shape`; `NaN` if the shape is invalid or the number is not exact in a double. */
export function elementCount(shape: readonly number[]): number {
  if (shape.length > MAX_RANK) return NaN;
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return NaN;
    count *= size;
  }
  // A zero anywhere makes the tensor empty, however large the other sizes are.
  if (shape.includes(0)) return 0;
  return Number.isSafeInteger(count) ? count : NaN;
}

/**
 * A tensor whose shape, element type and bytes are consistent.
 *
 * @param where names the file and the tensor in the error
 * @throws {BneckError} if the shape is invalid, or `data` does not have the size that `shape` and `dtype` require
 */
export function weightTensor(
  shape: readonly number[],
  dtype: DType,
  data: Uint8Array,
  where = "weights",
): WeightTensor {
  const bytes = elementCount(shape) * DTYPE_BYTES[dtype];
  if (Number.isNaN(bytes)) throw unreadable(where, "its shape is not a list of sizes");
  if (bytes !== data.length) {
    throw unreadable(
      where,
      `shape [${shape.join(", ")}] of ${dtype} needs ${bytes} bytes, but it has ${data.length}`,
    );
  }
  return { shape, dtype, data };
}

/**
 * A float32 tensor over `values`, without a copy.
 *
 * @throws {BneckError} if there are not as many values as `shape` has elements
 */
export function float32Tensor(shape: readonly number[], values: Float32Array): WeightTensor {
  return weightTensor(shape, "float32", new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

/** `bytes` itself if it starts at a multiple of `width` in its buffer, otherwise an aligned copy. */
export function aligned(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.byteOffset % width === 0 ? bytes : bytes.slice();
}

/** A typed array over the elements of a tensor; shares the tensor's memory where its alignment allows. */
export type TypedElements =
  | Float64Array
  | Float32Array
  | Float16Array
  | BigInt64Array
  | BigUint64Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array;

const VIEWS: Readonly<
  Record<DType, new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TypedElements>
> = {
  float64: Float64Array,
  float32: Float32Array,
  float16: Float16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  int16: Int16Array,
  int8: Int8Array,
  uint64: BigUint64Array,
  uint32: Uint32Array,
  uint16: Uint16Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

/**
 * The elements of a tensor as a typed array of its own type (bfloat16 as 16 bits, bool as bytes). It may share memory
 * with the tensor: do not write to it.
 */
export function typedElements({ dtype, data }: WeightTensor): TypedElements {
  const width = DTYPE_BYTES[dtype];
  const bytes = aligned(data, width);
  return new VIEWS[dtype](bytes.buffer, bytes.byteOffset, bytes.length / width);
}

/**
 * The elements of a tensor as float32, rounded to nearest where float32 is narrower. Aligned float32 data is returned as a
 * view: do not write to it.
 *
 * ```ts
 * import { toFloat32, weightTensor } from "./tensor.ts";
 * const half = weightTensor([2], "float16", new Uint8Array([0x00, 0x3c, 0x00, 0xc0]));
 * console.assert(toFloat32(half).join() === "1,-2");
 * ```
 */
export function toFloat32(tensor: WeightTensor): Float32Array {
  const elements = typedElements(tensor);
  if (elements instanceof Float32Array) return elements;
  if (elements instanceof BigInt64Array || elements instanceof BigUint64Array) {
    const values = new Float32Array(elements.length);
    for (let i = 0; i < values.length; i++) values[i] = Number(elements[i]);
    return values;
  }
  if (tensor.dtype === "bfloat16") {
    const bits = new Uint32Array(elements.length);
    for (let i = 0; i < bits.length; i++) bits[i] = elements[i] << 16;
    return new Float32Array(bits.buffer);
  }
  if (tensor.dtype === "bool") {
    const values = new Float32Array(elements.length);
    for (let i = 0; i < values.length; i++) values[i] = elements[i] === 0 ? 0 : 1;
    return values;
  }
  return new Float32Array(elements);
}
