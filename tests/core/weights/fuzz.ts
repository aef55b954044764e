/**
 * Damaged and hostile files of weights, for the tests (a few thousand) and for `tests/bench/fuzz_weights.ts` (many):
 * whatever the bytes, a reader gives consistent tensors or a `BneckError`, and allocates in proportion to the file.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError } from "../../../core/errors.ts";
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

/** One reader and files for it. */
export interface FuzzTarget {
  readonly name: string;
  readonly cases: fc.Arbitrary<Uint8Array>;
  /** Reads a file to the end. */
  readonly read: (bytes: Uint8Array) => WeightMap;
}

/**
 * Lets a target read `bytes`.
 *
 * @returns whether they were accepted
 * @throws if the reader threw anything but a BneckError, gave inconsistent tensors, or took too much memory
 */
export function accepts({ read }: FuzzTarget, bytes: Uint8Array): boolean {
  let weights: WeightMap;
  try {
    weights = read(bytes);
  } catch (error) {
    if (error instanceof BneckError && error.message.length < 2000) return false;
    throw error;
  }
  const buffers = new Set<ArrayBufferLike>();
  for (const { shape, dtype, data } of weights.values()) {
    assert.equal(data.length, elementCount(shape) * DTYPE_BYTES[dtype]);
    if (data.buffer !== bytes.buffer) buffers.add(data.buffer);
  }
  const allocated = [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
  assert.ok(allocated <= 16 * (2 ** 20 + bytes.length), `${allocated} bytes for a file of ${bytes.length}`);
  return true;
}

const FIXTURES = new URL("../../fixtures/weights/", import.meta.url);
const fixture = (name: string) => Deno.readFileSync(new URL(name, FIXTURES));

const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** A change to a file; positions are taken modulo its length. */
const anyDamage: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(), fc.nat(7)).map(([at, bit]) => edit(at, (bytes, i) => bytes[i] ^= 1 << bit)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(), fc.nat(255)).map(([at, value]) => edit(at, (bytes, i) => bytes[i] = value)),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(), fc.constantFrom(...INTERESTING), fc.constantFrom(2, 4, 8)).map((
      [at, value, width],
    ) =>
      edit(at, (bytes, i) => {
        for (let k = 0; k < width; k++) {
          bytes[i + k] = k < 4 ? value >>> (8 * k) : value === 0xffffffff ? 0xff : 0;
        }
      })
    ),
  },
  fc.nat().map((at) => (bytes: Uint8Array) => bytes.slice(0, at % (bytes.length + 1))),
  fc.tuple(fc.nat(), fc.nat(64)).map(([at, length]) => (bytes: Uint8Array) => {
    const start = at % (bytes.length + 1);
    return Uint8Array.from([...bytes.subarray(0, start), ...bytes.subarray(start + length)]);
  }),
  fc.tuple(fc.nat(), fc.nat(), fc.nat(64)).map(([from, to, length]) => (bytes: Uint8Array) => {
    const start = from % (bytes.length + 1);
    const copy = bytes.slice();
    copy.set(
      bytes.subarray(start, start + length).subarray(0, bytes.length - to % (bytes.length + 1)),
      to % (bytes.length + 1),
    );
    return copy;
  }),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 16 })).map(([at, extra]) => (bytes: Uint8Array) => {
    const start = at % (bytes.length + 1);
    return Uint8Array.from([...bytes.subarray(0, start), ...extra, ...bytes.subarray(start)]);
  }),
);

function edit(at: number, change: (bytes: Uint8Array, position: number) => void) {
  return (bytes: Uint8Array) => {
    const copy = bytes.slice();
    if (copy.length > 0) change(copy, at % copy.length);
    return copy;
  };
}

/** One of `originals` with up to four changes. */
export function damaged(originals: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  return fc.tuple(fc.constantFrom(...originals), fc.array(anyDamage, { maxLength: 4 }))
    .map(([original, changes]) => changes.reduce((bytes, change) => change(bytes), original));
}

/** Values to put where a number, a text or a list belongs. */
const anyOddValue = fc.constantFrom<unknown>(
  ...[0, 1, -1, 1.5, 7, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, null, true, "", "F32", "uint8", "float32", [], {}, [
    [1],
  ]],
  { toString: 1 },
);

/** JSON with some of its values replaced. */
export function tampered(anyJson: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.tuple(anyJson, fc.array(fc.tuple(fc.nat(), anyOddValue), { maxLength: 3 })).map(
    ([json, changes]) => {
      const copy = structuredClone(json);
      for (const [at, value] of changes) {
        const places = placesIn(copy);
        if (places.length === 0) break;
        const [container, key] = places[at % places.length];
        Reflect.set(container, key, structuredClone(value));
      }
      return copy;
    },
  );
}

function placesIn(json: unknown): [object, string][] {
  if (typeof json !== "object" || json === null) return [];
  return Object.entries(json).flatMap((
    [key, value],
  ): [object, string][] => [[json, key], ...placesIn(value)]);
}

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

const anyNumber = fc.oneof(
  { weight: 6, arbitrary: fc.nat(6) },
  fc.integer(),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
);

/** A tensor in a storage of 4 float32, or one that claims to be. */
const anyPickledTensor = fc.record({
  storage: fc.tuple(
    fc.constantFrom(
      "FloatStorage",
      "FloatStorage",
      "FloatStorage",
      "LongStorage",
      "BoolStorage",
      "OsStorage",
    ),
    fc.constantFrom("0", "0", "0", "1"),
    fc.oneof({ weight: 4, arbitrary: fc.constant(4) }, anyNumber),
  ),
  offset: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, anyNumber),
  axes: fc.array(fc.tuple(anyNumber, anyNumber), { maxLength: 4 }),
}).map(({ storage, offset, axes }) =>
  write.tensor({
    storage,
    offset,
    shape: axes.map(([size]) => size),
    strides: axes.map(([, stride]) => stride),
  })
);

const WELL_KNOWN: readonly (readonly [string, string])[] = [
  ["collections", "OrderedDict"],
  ["collections", "defaultdict"],
  ["argparse", "Namespace"],
  ["torch", "Size"],
  ["torch", "FloatStorage"],
  ["torch", "float16"],
  ["torch._utils", "_rebuild_tensor_v2"],
  ["torch._utils", "_rebuild_tensor_v3"],
  ["torch._utils", "_rebuild_parameter"],
  ["torch._tensor", "_rebuild_from_type_v2"],
  ["builtins", "list"],
  ["os", "system"],
];

/** An instruction that makes sense somewhere, though perhaps not here. */
const anyInstruction: fc.Arbitrary<write.Pickled> = fc.oneof(
  { weight: 6, arbitrary: anyPickledTensor },
  anyNumber.map(write.integer),
  fc.constantFrom("w", "state_dict", "model", "module.w", "storage", "0").map(write.text),
  fc.constantFrom(...WELL_KNOWN).map(([module, name]) => write.global(module, name)),
  fc.nat(3).map(write.put),
  fc.nat(3).map(write.get),
  {
    weight: 12,
    arbitrary: fc.constantFrom(..."(0125)te]ad}suRQbN\x81\x85\x86\x87\x88\x8f\x90\x91\x93\x94").map((
      op,
    ) => [op.charCodeAt(0)]),
  },
  fc.uint8Array({ maxLength: 6 }).map((bytes) => [...bytes]),
);

const anyDeepPickle = fc.tuple(
  fc.integer({ min: 1, max: 5000 }),
  fc.constantFrom(0x28, 0x5d, 0x7d, 0x29, 0x8f),
).chain(
  ([depth, opener]) =>
    fc.constantFrom(0x61, 0x65, 0x74, 0x75, 0x73, 0x85, 0x52).map((closer) => [
      ...new Array<number>(depth).fill(opener),
      ...new Array<number>(depth).fill(closer),
    ]),
);

/** A dictionary that contains itself under the keys where weights are looked for. */
const anyCycle = fc.array(fc.constantFrom("model", "state_dict", "net", "other"), {
  minLength: 1,
  maxLength: 4,
}).map(
  (
    keys,
  ) => [
    ...write.EMPTY_DICT,
    ...write.put(0),
    ...keys.flatMap((key) => [...write.text(key), ...write.get(0), 0x73]),
  ],
);

const anyProgram = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.tuple(fc.constantFrom("a", "b", "module.a"), anyPickledTensor), { maxLength: 3 })
      .map((entries) => write.dictionary(...entries)),
  },
  { weight: 4, arbitrary: fc.array(anyInstruction, { maxLength: 30 }).map((parts) => parts.flat()) },
  anyDeepPickle,
  anyCycle,
).map((program) => write.pickle(program));

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
