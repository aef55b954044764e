/** PyTorch's tensors as its checkpoints describe them: a strided window into a storage. */
import { aligned, type DType, DTYPE_BYTES, elementCount, type WeightTensor, weightTensor } from "./tensor.ts";
import type { MemoryBudget } from "./hostile_file.ts";
import { PickleObject } from "./pickle_values.ts";
import { unreadable } from "./hostile_file.ts";

/** A flat run of elements that tensors may share. */
export class TorchStorage extends PickleObject {
  /**
   * @param length number of elements
   * @param load returns the bytes, exactly `length * DTYPE_BYTES[dtype]`
   */
  constructor(readonly dtype: DType, readonly length: number, readonly load: () => Uint8Array) {
    super();
  }
}

/** A tensor before it is read: sizes, strides and offset in elements of `dtype`, all unchecked. */
export class TorchTensor extends PickleObject {
  constructor(
    readonly storage: TorchStorage,
    readonly dtype: DType,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {
    super();
  }
}

/**
 * Reads a tensor: a view of its storage if it is contiguous, otherwise a contiguous copy within `budget`.
 *
 * @param where names the file and the tensor in errors
 * @throws {BneckError} if the tensor reaches outside its storage or the storage cannot be read
 */
export function readTorchTensor(tensor: TorchTensor, where: string, budget: MemoryBudget): WeightTensor {
  const { dtype, shape, strides, offset, storage } = tensor;
  const width = DTYPE_BYTES[dtype];
  const count = elementCount(shape);
  if (Number.isNaN(count) || !strides.every(isSize)) {
    throw unreadable(where, "its sizes or strides are invalid");
  }
  if (strides.length !== shape.length || !isSize(offset)) {
    throw unreadable(where, "its strides do not match its sizes");
  }
  if (count === 0) return weightTensor(shape, dtype, new Uint8Array(0), where);

  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis], offset);
  const available = storage.length * DTYPE_BYTES[storage.dtype] / width;
  if (!(last < available)) throw unreadable(where, `it reaches element ${last} of a storage of ${available}`);
  const start = offset * width;
  if (isContiguous(shape, strides)) {
    return weightTensor(shape, dtype, storage.load().subarray(start, start + count * width), where);
  }
  const end = (last + 1) * width;
  budget.spend(count * width + end - start, `making ${where} contiguous`);
  return weightTensor(shape, dtype, gather(storage.load().subarray(start, end), width, count, tensor), where);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

/** Copies elements in row-major order, the first from the start of `span`. All are known to be inside it. */
function gather(span: Uint8Array, width: number, count: number, tensor: TorchTensor): Uint8Array {
  const copy = new Uint8Array(count * width);
  // An element of 8 bytes is copied as two of 4: as doubles, integers that look like NaN would change.
  const wide = width === 8;
  const shape = wide ? [...tensor.shape, 2] : tensor.shape;
  const strides = wide ? [...tensor.strides.map((stride) => 2 * stride), 1] : tensor.strides;
  const source = words(aligned(span, width), width);
  const target = words(copy, width);

  const innerAxis = shape.length - 1;
  const inner = shape[innerAxis];
  const innerStride = strides[innerAxis];
  const index = new Array<number>(innerAxis).fill(0);
  let from = 0;
  for (let to = 0; to < target.length; to += inner) {
    for (let i = 0; i < inner; i++) target[to + i] = source[from + i * innerStride];
    for (let axis = innerAxis - 1; axis >= 0; axis--) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= shape[axis] * strides[axis];
      index[axis] = 0;
    }
  }
  return copy;
}

function words(bytes: Uint8Array, width: number): Uint8Array | Uint16Array | Uint32Array {
  if (width === 1) return bytes;
  if (width === 2) return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
