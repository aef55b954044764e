import assert from "node:assert/strict";
import fc from "fast-check";
import { MemoryBudget } from "../../../core/weights/hostile_file.ts";
import { type DType, DTYPE_BYTES, elementCount } from "../../../core/weights/tensor.ts";
import { readTorchTensor, TorchStorage, TorchTensor } from "../../../core/weights/torch_tensor.ts";

const DTYPES: readonly DType[] = ["float64", "int64", "float32", "bfloat16", "bool"];

const read = (tensor: TorchTensor) =>
  readTorchTensor(tensor, "x.pth: tensor t", new MemoryBudget(0, "x.pth"));

/** The bytes of a strided tensor, element by element as the definition of a stride says. */
function naive({ offset, shape, strides, dtype }: TorchTensor, bytes: Uint8Array): Uint8Array {
  const width = DTYPE_BYTES[dtype];
  const count = elementCount(shape);
  const result: number[] = [];
  for (let position = 0; position < count; position++) {
    let at = offset;
    for (let axis = shape.length - 1, left = position; axis >= 0; axis--) {
      at += left % shape[axis] * strides[axis];
      left = Math.floor(left / shape[axis]);
    }
    result.push(...bytes.subarray(at * width, (at + 1) * width));
  }
  return Uint8Array.from(result);
}

Deno.test("strided tensors of every element width become row-major", () => {
  const anyView = fc.record({
    dtype: fc.constantFrom(...DTYPES),
    axes: fc.array(fc.record({ size: fc.nat(4), stride: fc.nat(9) }), { maxLength: 4 }),
    offset: fc.nat(5),
    shift: fc.nat(7),
    seed: fc.nat(255),
  });
  fc.assert(
    fc.property(anyView, ({ dtype, axes, offset, shift, seed }) => {
      const shape = axes.map(({ size }) => size);
      const strides = axes.map(({ stride }) => stride);
      const length = axes.reduce((sum, { size, stride }) => sum + Math.max(size - 1, 0) * stride, offset) + 1;
      const bytes = new Uint8Array(shift + length * DTYPE_BYTES[dtype]).map((_, i) => i * 37 + seed).subarray(
        shift,
      );
      const tensor = new TorchTensor(
        new TorchStorage(dtype, length, () => bytes),
        dtype,
        offset,
        shape,
        strides,
      );
      const { data } = read(tensor);
      assert.deepEqual(new Uint8Array(data), naive(tensor, bytes));
    }),
    { numRuns: 500 },
  );
});

Deno.test("a contiguous tensor is a view of its storage, also if strides of axes of size 1 are odd", () => {
  const storage = new TorchStorage("float32", 10, () => bytes);
  const bytes = new Uint8Array(40);
  const { data } = read(new TorchTensor(storage, "float32", 2, [2, 1, 3], [3, 77, 1]));
  assert.equal(data.buffer, bytes.buffer);
  assert.equal(data.byteOffset, 8);
});

Deno.test("a storage may be read as another type, as float8 and uint16 tensors are saved", () => {
  const storage = new TorchStorage("uint8", 6, () => Uint8Array.of(1, 0, 2, 0, 3, 0));
  assert.deepEqual(read(new TorchTensor(storage, "uint16", 1, [2], [1])).data, Uint8Array.of(2, 0, 3, 0));
  assert.throws(
    () => read(new TorchTensor(storage, "uint16", 2, [2], [1])),
    /reaches element 3 of a storage of 3/,
  );
});

Deno.test("a tensor that does not lie in its storage, or is none, is refused without reading the storage", () => {
  const storage = new TorchStorage("float32", 10, () => assert.fail("the storage was read"));
  const cases: [number, number[], number[]][] = [
    [0, [11], [1]],
    [10, [1], [1]],
    [0, [2], [10]],
    [0, [2 ** 26, 2 ** 26], [0, 0]],
    [2 ** 53, [1], [1]],
    [-1, [1], [1]],
    [0, [2], [-1]],
    [0.5, [1], [1]],
    [NaN, [1], [1]],
    [0, [NaN], [NaN]],
    [0, [2, 5], [1]],
    [0, [2, 2], [2 ** 53, 1]],
    [0, [2, 2], [2 ** 52, 2 ** 52]],
  ];
  for (const [offset, shape, strides] of cases) {
    assert.throws(() => read(new TorchTensor(storage, "float32", offset, shape, strides)), {
      name: "BneckError",
      exitStatus: 3,
    });
  }
});

Deno.test("a tiny storage cannot be expanded to gigabytes", () => {
  const storage = new TorchStorage("float32", 1, () => new Uint8Array(4));
  const budget = new MemoryBudget(1000, "x.pth");
  const megabyte = new TorchTensor(storage, "float32", 0, [2 ** 18], [0]);
  assert.throws(() => {
    for (let i = 0; i < 100; i++) readTorchTensor(megabyte, `x.pth: tensor ${i}`, budget);
  }, { name: "BneckError", message: /far too many for a file of this size/ });
  assert.throws(() => read(new TorchTensor(storage, "float32", 0, [2 ** 40], [0])), { name: "BneckError" });
});
