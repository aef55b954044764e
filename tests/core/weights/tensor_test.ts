import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError } from "../../../core/errors.ts";
import {
  DTYPE_BYTES,
  elementCount,
  float32Tensor,
  toFloat32,
  typedElements,
  weightTensor,
} from "../../../core/weights/tensor.ts";

Deno.test("aligned float32 data becomes float32 without a copy", () => {
  const values = Float32Array.of(1, -2, 3, 4);
  assert.equal(toFloat32(float32Tensor([2, 2], values)).buffer, values.buffer);
});

Deno.test("data at any alignment give the same values", () => {
  fc.assert(fc.property(fc.float32Array({ noNaN: true }), fc.nat(7), (values, shift) => {
    const bytes = new Uint8Array(values.byteLength + shift);
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), shift);
    assert.deepEqual(toFloat32(weightTensor([values.length], "float32", bytes.subarray(shift))), values);
  }));
});

Deno.test("every float16 and bfloat16 becomes the float32 that its bits mean", () => {
  const codes = Uint16Array.from({ length: 65536 }, (_, code) => code);
  const bytes = new Uint8Array(codes.buffer);
  const half = toFloat32(weightTensor([65536], "float16", bytes));
  const brain = toFloat32(weightTensor([65536], "bfloat16", bytes));
  const wrong = Array.from(codes).filter((code) =>
    !Object.is(half[code], value(code, 5, 10)) || !Object.is(brain[code], Math.fround(value(code, 8, 7)))
  );
  assert.deepEqual(wrong, []);
});

/** IEEE 754 by the book: sign, `exponentBits` of exponent, `fractionBits` of fraction. */
function value(code: number, exponentBits: number, fractionBits: number): number {
  const sign = code >> 15 ? -1 : 1;
  const bias = 2 ** (exponentBits - 1) - 1;
  const exponent = (code >> fractionBits) & (2 ** exponentBits - 1);
  const fraction = (code & (2 ** fractionBits - 1)) / 2 ** fractionBits;
  if (exponent === 2 ** exponentBits - 1) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias);
}

Deno.test("integers and bool become float32", () => {
  const cases = [
    ["int64", BigInt64Array.of(-3n, 2n ** 40n), [-3, 2 ** 40]],
    ["uint64", BigUint64Array.of(2n ** 63n), [2 ** 63]],
    ["int32", Int32Array.of(-7, 8), [-7, 8]],
    ["uint32", Uint32Array.of(2 ** 31), [2 ** 31]],
    ["int16", Int16Array.of(-300), [-300]],
    ["uint16", Uint16Array.of(65535), [65535]],
    ["int8", Int8Array.of(-1), [-1]],
    ["uint8", Uint8Array.of(255), [255]],
    ["bool", Uint8Array.of(0, 1, 2), [0, 1, 1]],
    ["float64", Float64Array.of(0.1), [Math.fround(0.1)]],
  ] as const;
  for (const [dtype, elements, expected] of cases) {
    const tensor = weightTensor([elements.length], dtype, new Uint8Array(elements.buffer));
    assert.deepEqual([...toFloat32(tensor)], [...expected], dtype);
    assert.equal(typedElements(tensor).length, elements.length, dtype);
  }
  assert.deepEqual(new Set(cases.map(([dtype]) => DTYPE_BYTES[dtype])), new Set([8, 4, 2, 1]));
});

Deno.test("a shape counts its elements, and what is no shape counts as NaN", () => {
  assert.equal(elementCount([]), 1);
  assert.equal(elementCount([2, 3, 4]), 24);
  assert.equal(elementCount([2 ** 50, 2 ** 50, 0]), 0);
  for (const shape of [[-1], [1.5], [NaN], [2 ** 27, 2 ** 27], new Array(17).fill(1)]) {
    assert.equal(elementCount(shape), NaN, String(shape));
  }
});

Deno.test("a tensor whose bytes do not fit its shape is refused", () => {
  assert.throws(() => weightTensor([3], "float32", new Uint8Array(11), "x: tensor y"), {
    name: "BneckError",
    message: "cannot read x: tensor y: shape [3] of float32 needs 12 bytes, but it has 11",
  });
  assert.throws(() => weightTensor([-1], "int8", new Uint8Array(1)), BneckError);
});
