import assert from "node:assert/strict";
import fc from "fast-check";
import {
  countPackedIntegers,
  ProtoWriter,
  readFields,
  readFloats,
  readPackedIntegers,
  readText,
} from "../../../core/onnx/protobuf.ts";
import { float32 } from "./random_model.ts";

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });

function written(write: (message: ProtoWriter) => void): Uint8Array {
  const message = new ProtoWriter();
  write(message);
  return message.finish();
}

Deno.test("the examples of the specification", () => {
  assert.deepEqual([...written((message) => message.integer(1, 150))], [0x08, 0x96, 0x01]);
  assert.deepEqual([...written((message) => message.bytes(2, "testing"))], [
    0x12,
    0x07,
    ...new TextEncoder().encode("testing"),
  ]);
  assert.deepEqual([...written((message) => message.message(3, (inner) => inner.integer(1, 150)))], [
    0x1a,
    0x03,
    0x08,
    0x96,
    0x01,
  ]);
  assert.deepEqual([...written((message) => message.integers(6, [3, 270, 86942]))], [
    0x32,
    0x06,
    0x03,
    0x8e,
    0x02,
    0x9e,
    0xa7,
    0x05,
  ]);
  // −2 as two's complement takes all ten bytes.
  assert.deepEqual([...written((message) => message.integer(1, -2))], [
    0x08,
    0xfe,
    ...Array(8).fill(0xff),
    0x01,
  ]);
});

Deno.test("every 64-bit integer comes back", () => {
  fc.assert(fc.property(int64, fc.integer({ min: 1, max: 2 ** 29 - 1 }), (value, number) => {
    const [field] = readFields(written((message) => message.integer(number, value)));
    assert.equal(field.number, number);
    assert.equal(BigInt.asIntN(64, field.integer!), value);
  }));
});

Deno.test("packed integers come back and are counted", () => {
  fc.assert(fc.property(fc.array(int64), (values) => {
    const [{ bytes }] = readFields(written((message) => message.integers(1, values)));
    assert.deepEqual([...readPackedIntegers(bytes!)], values);
    assert.equal(countPackedIntegers(bytes!), values.length);
  }));
});

Deno.test("a double that stands for the largest integer is written as that", () => {
  const [field] = readFields(written((message) => message.integer(1, 2 ** 63)));
  assert.equal(field.integer, 2n ** 63n - 1n);
});

Deno.test("text and floats come back", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.array(float32), (text, floats) => {
    const [first, second, third] = readFields(written((message) => {
      message.bytes(1, text);
      message.floats(2, floats);
      message.float(3, 0.5);
    }));
    assert.equal(readText(first.bytes!), text);
    assert.deepEqual(readFloats(second.bytes!), floats);
    assert.deepEqual(readFloats(third.bytes!), [0.5]);
  }));
});

Deno.test("byte fields are views, not copies", () => {
  const message = written((writer) => writer.bytes(1, new Uint8Array(1000)));
  const [field] = readFields(message);
  assert.equal(field.bytes!.buffer, message.buffer);
});

Deno.test("lengths and numbers that run past the end are refused", () => {
  const read = (...bytes: number[]) => [...readFields(Uint8Array.from(bytes))];
  assert.throws(
    () => read(0x12, 0x05, 1, 2),
    /truncated protobuf message: 5 bytes expected at byte 2, 2 left/,
  );
  assert.throws(() => read(0x08, 0x80), /ends inside a number/);
  assert.throws(() => read(0x08, ...Array(11).fill(0xff)), /more than 10 bytes/);
  assert.throws(() => read(0x0d, 1, 2), /truncated/);
  assert.throws(() => read(0x0b), /wire type 3/);
  // A length near 2⁶⁴ must not wrap around.
  assert.throws(() => read(0x12, ...Array(9).fill(0xff), 0x01), /truncated/);
});
