import assert from "node:assert/strict";
import fc from "fast-check";
import {
  encodeSafetensors,
  parseSafetensors,
  safetensorsMetadata,
} from "../../../core/weights/safetensors.ts";
import {
  type DType,
  DTYPE_BYTES,
  elementCount,
  toFloat32,
  type WeightTensor,
} from "../../../core/weights/tensor.ts";

const DTYPES = Object.keys(DTYPE_BYTES) as DType[];

const anyTensor: fc.Arbitrary<WeightTensor> = fc.record({
  dtype: fc.constantFrom(...DTYPES),
  shape: fc.array(fc.nat(3), { maxLength: 4 }),
}).chain(({ dtype, shape }) => {
  const length = elementCount(shape) * DTYPE_BYTES[dtype];
  return fc.uint8Array({ minLength: length, maxLength: length }).map((data) => ({ dtype, shape, data }));
});

/** A file with `header` (an object or its text) before `dataLength` bytes of data. */
function file(header: unknown, dataLength: number, statedLength?: bigint): Uint8Array {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, statedLength ?? BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

Deno.test("what is encoded is read back, whatever the names, types and shapes", () => {
  const anyName = fc.string({ unit: "grapheme" }).filter((name) => name !== "__metadata__");
  const tensors = fc.array(fc.tuple(anyName, anyTensor), { maxLength: 6 }).map((entries) => new Map(entries));
  const metadata = fc.dictionary(fc.string(), fc.string()).map((entries) => new Map(Object.entries(entries)));
  fc.assert(fc.property(tensors, metadata, (tensors, metadata) => {
    const bytes = encodeSafetensors(tensors, metadata);
    const read = parseSafetensors(bytes, "x");
    assert.deepEqual(new Set(read.keys()), new Set(tensors.keys()));
    for (const [name, tensor] of tensors) assert.deepEqual(read.get(name), tensor);
    assert.deepEqual(safetensorsMetadata(bytes, "x"), metadata);
  }));
});

Deno.test("encoded tensors are aligned to their elements", () => {
  fc.assert(fc.property(fc.array(anyTensor), (tensors) => {
    const map = new Map(tensors.map((tensor, i) => [`t${i}`, tensor]));
    for (const { dtype, data } of parseSafetensors(encodeSafetensors(map), "x").values()) {
      assert.equal(data.byteOffset % DTYPE_BYTES[dtype], 0);
    }
  }));
});

Deno.test("a file written elsewhere, with a padded header and unsorted tensors, is read", () => {
  const header = {
    b: { dtype: "F32", shape: [1], data_offsets: [2, 6] },
    a: { dtype: "U8", shape: [2], data_offsets: [0, 2] },
  };
  const bytes = file(JSON.stringify(header) + "   ", 6);
  bytes.set([7, 8, 0, 0, 128, 63], bytes.length - 6);
  const tensors = parseSafetensors(bytes, "x");
  assert.deepEqual([...tensors].map(([name, tensor]) => [name, ...toFloat32(tensor)]), [["b", 1], [
    "a",
    7,
    8,
  ]]);
});

Deno.test("the metadata of a file may be missing", () => {
  assert.equal(safetensorsMetadata(file({}, 0), "x").size, 0);
});

const u8 = (from: number, to: number) => ({ dtype: "U8", shape: [to - from], data_offsets: [from, to] });

for (
  const [what, bytes, message] of [
    ["is shorter than its length field", Uint8Array.of(1, 2, 3), /truncated/],
    ["states a longer header than there is", file({}, 0, 1000n), /truncated/],
    ["states a header of 2^60 bytes", file({}, 0, 1n << 60n), /claims a size/],
    ["states a header of 200 MB", file({}, 0, 200_000_000n), /too long/],
    ["has a header that is no object", file([1], 0), /not a JSON object/],
    ["has a header that is no JSON", file("{nonsense}", 0), /not valid JSON/],
    [
      "has a header that is not UTF-8",
      file("{\ud800}", 0).map((byte) => byte === 0xef ? 0xff : byte),
      /not valid JSON/,
    ],
    [
      "has an unknown element type",
      file({ a: { ...u8(0, 1), dtype: "F8_E4M3" } }, 1),
      /unsupported element type "F8_E4M3"/,
    ],
    [
      "has an object as element type",
      file({ a: { ...u8(0, 1), dtype: { toString: 1 } } }, 1),
      /unsupported element type/,
    ],
    ["has a shape that is no list", file({ a: { ...u8(0, 1), shape: "1" } }, 1), /not a list of sizes/],
    ["has a negative size", file({ a: { ...u8(0, 1), shape: [-1] } }, 1), /not a list of sizes/],
    ["has a fractional size", file({ a: { ...u8(0, 1), shape: [0.5, 2] } }, 1), /not a list of sizes/],
    [
      "has a size beyond all numbers",
      file({ a: { ...u8(0, 1), shape: [2 ** 40, 2 ** 40] } }, 1),
      /not a list of sizes/,
    ],
    [
      "has a shape that does not fit its bytes",
      file({ a: { ...u8(0, 1), shape: [2] } }, 1),
      /needs 2 bytes, but it has 1/,
    ],
    ["points past its end", file({ a: u8(0, 2) }, 1), /are not within the 1 bytes/],
    ["points backwards", file({ a: { ...u8(0, 1), data_offsets: [1, 0] } }, 1), /are not within/],
    ["has one offset only", file({ a: { ...u8(0, 1), data_offsets: [0] } }, 1), /are not within/],
    ["has overlapping tensors", file({ a: u8(0, 2), b: u8(1, 3) }, 3), /overlap at byte 1/],
    ["has a gap between tensors", file({ a: u8(0, 1), b: u8(2, 3) }, 3), /leave a gap at byte 2/],
    [
      "has bytes that belong to no tensor",
      file({ a: u8(0, 1) }, 2),
      /end at byte 1 of the data, which has 2/,
    ],
    ["has a tensor that is no object", file({ a: 1 }, 0), /a JSON object is expected/],
  ] as const
) {
  Deno.test(`a safetensors file that ${what} is refused`, () => {
    assert.throws(() => parseSafetensors(bytes, "x.safetensors"), {
      name: "BneckError",
      exitStatus: 3,
      message,
    });
  });
}

Deno.test("metadata that are not text are refused", () => {
  assert.throws(() => safetensorsMetadata(file({ __metadata__: { a: 1 } }, 0), "x"), { name: "BneckError" });
});

Deno.test("a tensor cannot take the name of the metadata", () => {
  const tensor: WeightTensor = { dtype: "uint8", shape: [1], data: new Uint8Array(1) };
  assert.throws(() => encodeSafetensors(new Map([["__metadata__", tensor]])), { name: "BneckError" });
});

Deno.test("a file cut anywhere is refused", () => {
  const bytes = encodeSafetensors(
    new Map([["weight", { dtype: "float32", shape: [2], data: new Uint8Array(8) }]]),
  );
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => parseSafetensors(bytes.subarray(0, length), "x"), { name: "BneckError" });
  }
});
