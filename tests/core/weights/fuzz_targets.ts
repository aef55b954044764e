/** The readers of weights, each with hostile files for it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeOnnx, type OnnxModel } from "../../../core/onnx/mod.ts";
import { MemoryBudget } from "../../../core/weights/hostile_file.ts";
import { parseOnnxInitializers } from "../../../core/weights/onnx_initializers.ts";
import {
  encodeSafetensors,
  parseSafetensors,
  safetensorsMetadata,
} from "../../../core/weights/safetensors.ts";
import {
  type DType,
  DTYPE_BYTES,
  elementCount,
  type WeightMap,
  type WeightTensor,
} from "../../../core/weights/tensor.ts";
import { parseTfjsWeights } from "../../../core/weights/tfjs.ts";
import { parseTorchCheckpoint } from "../../../core/weights/torch_checkpoint.ts";
import { openZip } from "../../../core/weights/zip_archive.ts";
import * as write from "./pickle_writer.ts";
import { writeZip } from "./zip_writer.ts";
import { damaged, fixture, type FuzzTarget, tampered } from "./fuzz.ts";
import { anyProgram } from "./fuzz_pickle.ts";

const anyTensors = fc.dictionary(
  fc.string({ maxLength: 5 }),
  fc.record({
    dtype: fc.constantFrom<DType>("float32", "float16", "int64", "bool"),
    shape: fc.array(fc.nat(3), { maxLength: 3 }),
  }),
  { maxKeys: 5, noNullPrototype: true },
).map((entries) =>
  new Map(
    Object.entries(entries).map(([name, { dtype, shape }]): [string, WeightTensor] => {
      return [name, { dtype, shape, data: new Uint8Array(elementCount(shape) * DTYPE_BYTES[dtype]) }];
    }),
  )
);

const anySafetensors = fc.oneof(
  damaged([fixture("types.safetensors")]),
  anyTensors.map((tensors) => encodeSafetensors(tensors)).chain((bytes) => {
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    return fc.tuple(tampered(fc.constant(header)), fc.integer({ min: -2, max: 20 })).map(([header, lie]) => {
      const json = new TextEncoder().encode(JSON.stringify(header));
      const stated = new BigUint64Array([BigInt(Math.max(0, json.length + (lie > 2 ? 0 : lie)))]);
      return Uint8Array.from([...new Uint8Array(stated.buffer), ...json, ...bytes.subarray(8 + length)]);
    });
  }),
);

const anyFinite = fc.double({ noNaN: true, noDefaultInfinity: true });

/** A manifest as text, then a zero byte, then the shards. */
const anyTfjs = fc.record({
  weights: fc.array(
    fc.record({
      name: fc.string({ maxLength: 3 }),
      shape: fc.array(fc.nat(3), { maxLength: 3 }),
      dtype: fc.constantFrom<DType>("float32", "int32", "bool"),
      quantization: fc.option(
        fc.record({
          dtype: fc.constantFrom<DType>("uint8", "uint16", "float16"),
          scale: anyFinite,
          min: anyFinite,
        }),
        { nil: undefined },
      ),
    }),
    { maxLength: 4 },
  ),
}).chain(({ weights }) => {
  const manifest = { modelTopology: {}, weightsManifest: [{ paths: ["a.bin"], weights }] };
  const bytes = weights.reduce((sum, { shape, dtype, quantization }) => {
    return sum + elementCount(shape) * DTYPE_BYTES[quantization?.dtype ?? dtype];
  }, 0);
  const anyText = tampered(fc.constant(manifest)).map((json) =>
    new TextEncoder().encode(JSON.stringify(json))
  );
  const anyLength = fc.oneof({ weight: 9, arbitrary: fc.constant(bytes) }, fc.nat(2 * bytes + 1));
  return fc.tuple(
    fc.oneof({ weight: 3, arbitrary: anyText }, anyText.chain((text) => damaged([text]))),
    anyLength,
  )
    .map(([text, length]) => Uint8Array.from([...text, 0, ...new Uint8Array(length).fill(60)]));
});

function readTfjs(bytes: Uint8Array): WeightMap {
  const end = bytes.indexOf(0);
  return parseTfjsWeights(
    new TextDecoder().decode(bytes.subarray(0, end)),
    bytes.subarray(end + 1),
    "x.json",
  );
}

const STORAGE = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

const PICKLES = ["current.pth", "training.pth", "views.pth", "types.pth"].map((name) => {
  const bytes = fixture(name);
  const archive = openZip(bytes, name, new MemoryBudget(bytes.length, name));
  return [...archive.names].map((entry) => ({ name: entry, content: archive.read(entry) }));
});

/** Zip checkpoints whose checksums are right, so that what is wrong gets as far as the pickle machine. */
const anyTorchPickle = fc.oneof(
  anyProgram.map((content) =>
    writeZip([{ name: "x/data.pkl", content }, { name: "x/data/0", content: STORAGE, deflate: true }])
  ),
  fc.constantFrom(...PICKLES).chain((entries) => {
    const original = entries.find(({ name }) => name.endsWith("/data.pkl"));
    assert.ok(original);
    return damaged([original.content]).map((content) =>
      writeZip(entries.map((entry) => entry === original ? { name: entry.name, content } : entry))
    );
  }),
);

const LEGACY = ["legacy.pth", "views_legacy.pth"].map(fixture);

/** The three pickles that every file in the old layout begins with. */
const LEGACY_HEADER = LEGACY[0].subarray(0, LEGACY[0].indexOf(0x2e, LEGACY[0].indexOf(0x2e, 20) + 1) + 1);

const anyTorchLegacy = fc.oneof(
  damaged(LEGACY),
  fc.tuple(
    anyProgram,
    fc.oneof({ weight: 3, arbitrary: fc.constant(4n) }, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  )
    .map(([program, length]) =>
      Uint8Array.from([
        ...LEGACY_HEADER,
        ...program,
        ...write.pickle(write.list(write.text("0"))),
        ...new Uint8Array(BigUint64Array.of(length).buffer),
        ...STORAGE,
      ])
    ),
);

const anyLie = fc.option(fc.oneof(fc.nat(300), fc.constantFrom(2 ** 24, 2 ** 31, 2 ** 32 - 1)), {
  nil: undefined,
  freq: 6,
});

/** Archives that lie about sizes, places and methods, some of them bombs. */
const anyZip = fc.oneof(
  damaged(["current.pth", "deflated.pth"].map(fixture)),
  fc.tuple(
    fc.array(
      fc.record({
        name: fc.constantFrom("x/data.pkl", "x/data/0", "x/byteorder", "a", "b"),
        content: fc.oneof(
          fc.uint8Array(),
          fc.constant(new TextEncoder().encode("little")),
          fc.constantFrom(10, 100_000, 1_000_000).map((length) => new Uint8Array(length)),
        ),
        deflate: fc.constant(true),
        method: fc.option(fc.constantFrom(0, 8, 12), { nil: undefined, freq: 6 }),
        flags: fc.option(fc.nat(0xffff), { nil: undefined, freq: 6 }),
        size: anyLie,
        compressedSize: anyLie,
        headerOffset: anyLie,
      }),
      { maxLength: 4 },
    ),
    fc.record({ zip64: fc.boolean() }),
  ).map(([entries, options]) => writeZip(entries, options)),
);

function readZip(bytes: Uint8Array): WeightMap {
  const archive = openZip(bytes, "x.zip", new MemoryBudget(bytes.length, "x.zip"));
  return new Map(
    [...archive.names].map((name): [string, WeightTensor] => {
      const data = archive.read(name);
      return [name, { shape: [data.length], dtype: "uint8", data }];
    }),
  );
}

/** All sets of a checkpoint. */
function readTorch(bytes: Uint8Array): WeightMap {
  const { sets } = parseTorchCheckpoint(bytes, "x.pth");
  return new Map(
    sets.flatMap(({ read }, i) => [...read()].map(([name, tensor]) => [`${i} ${name}`, tensor] as const)),
  );
}

function readSafetensors(bytes: Uint8Array): WeightMap {
  safetensorsMetadata(bytes, "x.safetensors");
  return parseSafetensors(bytes, "x.safetensors");
}

/** A model with one node and `tensors`. */
function onnxModel(tensors: WeightMap): OnnxModel {
  return {
    irVersion: 9,
    opsets: { "": 20 },
    producer: "x",
    graph: {
      name: "x",
      nodes: [{
        name: "n",
        operator: "Conv",
        domain: "",
        inputs: [...tensors.keys()],
        outputs: ["y"],
        attributes: {
          pads: { type: "ints", value: [1, 1] },
          value: {
            type: "tensor",
            value: { name: "t", elementType: "int64", shape: [1], data: new Uint8Array(8) },
          },
        },
      }],
      initializers: [...tensors].map(([name, { dtype, shape, data }]) => ({
        name,
        elementType: dtype,
        shape,
        data,
      })),
      inputs: [{ name: "image", elementType: "float32", shape: ["n", 3, 8, 8] }],
      outputs: [{ name: "y", elementType: "float32" }],
    },
    metadata: { a: "b" },
  };
}

const anyOnnx = anyTensors.chain((tensors) => damaged([encodeOnnx(onnxModel(tensors))]));

/** Every reader with its hostile files. */
export const TARGETS: readonly FuzzTarget[] = [
  { name: "zip archive", cases: anyZip, read: readZip },
  {
    name: "PyTorch zip layout",
    cases: damaged(
      ["current.pth", "deflated.pth", "training.pth", "framework.pth", "whole_network.pth"].map(fixture),
    ),
    read: readTorch,
  },
  { name: "PyTorch pickle", cases: anyTorchPickle, read: readTorch },
  { name: "PyTorch old layout", cases: anyTorchLegacy, read: readTorch },
  { name: "safetensors", cases: anySafetensors, read: readSafetensors },
  { name: "TensorFlow.js", cases: anyTfjs, read: readTfjs },
  { name: "ONNX initialisers", cases: anyOnnx, read: (bytes) => parseOnnxInitializers(bytes, "x").weights },
];
