import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { toFloat32, typedElements, type WeightMap } from "../../../core/weights/tensor.ts";
import { parseTfjsWeights, readTfjsModel } from "../../../core/weights/tfjs.ts";

/** The folder of the models in the npm package of the embedded detector; its `exports` hide them. */
const MODELS = join(dirname(createRequire(import.meta.url).resolve("@vladmandic/human")), "../models");

const model = (...weights: unknown[]) => ({ weightsManifest: [{ paths: ["a.bin"], weights }] });
const bytesOf = (elements: ArrayBufferView) =>
  new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength);
const valuesOf = (weights: WeightMap, name: string) => {
  const tensor = weights.get(name);
  assert.ok(tensor, name);
  return [...toFloat32(tensor)];
};

Deno.test("plain float32, int32 and bool weights follow each other at any alignment", () => {
  const manifest = model(
    { name: "mask", shape: [3], dtype: "bool" },
    { name: "scale", shape: [], dtype: "float32" },
    { name: "shape", shape: [2], dtype: "int32" },
  );
  const bins = Uint8Array.from([1, 0, 1, ...bytesOf(Float32Array.of(0.5)), ...bytesOf(Int32Array.of(-1, 7))]);
  const weights = parseTfjsWeights(manifest, bins, "x");
  assert.deepEqual(valuesOf(weights, "mask"), [1, 0, 1]);
  assert.deepEqual(valuesOf(weights, "scale"), [0.5]);
  assert.deepEqual(weights.get("scale")?.shape, []);
  assert.deepEqual([...typedElements(weights.get("shape")!)], [-1, 7]);
});

Deno.test("float16 weights keep their 16 bits", () => {
  const spec = {
    name: "w",
    shape: [2],
    dtype: "float32",
    quantization: { dtype: "float16", original_dtype: "float32" },
  };
  const weights = parseTfjsWeights(model(spec), bytesOf(Uint16Array.of(0x3c00, 0xb155)), "x");
  assert.equal(weights.get("w")?.dtype, "float16");
  assert.deepEqual(valuesOf(weights, "w"), [1, -0.1666259765625]);
});

Deno.test("quantized weights are value * scale + min in double precision, rounded once", () => {
  const anyCode = fc.constantFrom("uint8", "uint16").chain((dtype) =>
    fc.record({
      dtype: fc.constant(dtype),
      codes: fc.array(fc.nat(dtype === "uint8" ? 255 : 65535)),
      scale: fc.double({ min: 1e-6, max: 10, noNaN: true }),
      min: fc.double({ min: -100, max: 100, noNaN: true }),
      odd: fc.boolean(),
    })
  );
  fc.assert(fc.property(anyCode, ({ dtype, codes, scale, min, odd }) => {
    const stored = bytesOf(dtype === "uint8" ? Uint8Array.from(codes) : Uint16Array.from(codes));
    const bins = new Uint8Array(Number(odd) + 2 * stored.length);
    bins.set(stored, Number(odd));
    bins.set(stored, Number(odd) + stored.length);
    const quantization = { dtype, scale, min };
    const manifest = model(
      ...odd ? [{ name: "shift", shape: [1], dtype: "bool" }] : [],
      { name: "float", shape: [codes.length], dtype: "float32", quantization },
      { name: "int", shape: [codes.length], dtype: "int32", quantization },
    );
    const weights = parseTfjsWeights(manifest, bins, "x");
    assert.deepEqual(valuesOf(weights, "float"), codes.map((code) => Math.fround(code * scale + min)));
    assert.deepEqual(
      [...typedElements(weights.get("int")!)],
      codes.map((code) => Math.round(code * scale + min) | 0),
    );
  }));
});

Deno.test("several groups, and a bare manifest given as text, are read in order", () => {
  const groups = [
    { paths: ["a.bin"], weights: [{ name: "a", shape: [1], dtype: "bool" }] },
    { paths: ["b.bin"], weights: [{ name: "b", shape: [2], dtype: "bool" }] },
  ];
  const weights = parseTfjsWeights(JSON.stringify(groups), Uint8Array.of(1, 0, 1), "x");
  assert.deepEqual([...weights.keys()], ["a", "b"]);
  assert.deepEqual(valuesOf(weights, "b"), [0, 1]);
});

const bool = { name: "a", shape: [1], dtype: "bool" };
const quantized = (dtype: string, quantization: unknown) =>
  model({ name: "a", shape: [1], dtype, quantization });

for (
  const [what, manifest, message] of [
    ["is no JSON", "{", /not valid JSON/],
    ["is JSON of another kind", { nodes: [] }, /not a TensorFlow.js model/],
    ["is a number", 7, /not a TensorFlow.js model/],
    ["has a group without weights", { weightsManifest: [{ paths: [] }] }, /has no paths or weights/],
    ["has a weight without a name", model({ shape: [1], dtype: "bool" }), /has no name/],
    ["has a string weight", model({ ...bool, dtype: "string" }), /unsupported element type "string"/],
    ["has an object as type", model({ ...bool, dtype: { toString: 0 } }), /unsupported element type/],
    ["has a weight without shape", model({ name: "a", dtype: "bool" }), /no shape/],
    ["has a negative size", model({ ...bool, shape: [-1, -1] }), /not a list of sizes/],
    ["has a nested shape", model({ ...bool, shape: [[1]] }), /not a list of sizes/],
    [
      "needs more bytes than there are",
      model({ ...bool, shape: [3] }),
      /need 3 bytes of binary data, but there are 1/,
    ],
    ["needs fewer bytes than there are", model(), /need 0 bytes of binary data, but there are 1/],
    ["has a weight twice", model({ ...bool, shape: [0] }, bool), /duplicate name/],
    [
      "is quantized in an unknown way",
      quantized("float32", { dtype: "int4" }),
      /unsupported quantization/,
    ],
    ["has null for quantization", quantized("float32", null), /unsupported quantization/],
    ["lacks the scale", quantized("float32", { dtype: "uint8", min: 0 }), /has no scale or min/],
    ["has text for min", quantized("float32", { dtype: "uint8", min: "0", scale: 1 }), /has no scale or min/],
    ["has float16 for int32", quantized("int32", { dtype: "float16" }), /unsupported/],
    ["has uint8 for bool", quantized("bool", { dtype: "uint8", min: 0, scale: 1 }), /unsupported/],
  ] as const
) {
  Deno.test(`a TensorFlow.js manifest that ${what} is refused`, () => {
    assert.throws(() => parseTfjsWeights(manifest, new Uint8Array(1), "x.json"), {
      name: "BneckError",
      exitStatus: 3,
      message,
    });
  });
}

async function withModel(
  json: unknown,
  shards: Record<string, Uint8Array>,
  use: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "model/parts"), { recursive: true });
    await Deno.writeTextFile(join(folder, "model/model.json"), JSON.stringify(json));
    for (const [path, bytes] of Object.entries(shards)) {
      await Deno.writeFile(join(folder, "model", path), bytes);
    }
    await use(join(folder, "model/model.json"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a model is read with its shards, cut anywhere, also from folders below", async () => {
  const weights = [{ name: "w", shape: [2], dtype: "float32" }, bool];
  const json = {
    modelTopology: { node: [] },
    weightsManifest: [{ paths: ["1.bin", "parts/2.bin"], weights }],
  };
  const bins = Uint8Array.from([...bytesOf(Float32Array.of(3, 4)), 1]);
  await withModel(json, { "1.bin": bins.subarray(0, 6), "parts/2.bin": bins.subarray(6) }, async (path) => {
    const read = await readTfjsModel(path);
    assert.deepEqual(valuesOf(read.weights, "w"), [3, 4]);
    assert.deepEqual(read.json, json);
  });
});

for (
  const path of [
    "../secret.bin",
    "/etc/passwd",
    "parts/../../secret.bin",
    "C:\\x.bin",
    "..\\x",
    "",
    7,
    "a\0b",
  ]
) {
  Deno.test(`a shard named ${JSON.stringify(path)} is refused`, async () => {
    await withModel(
      { weightsManifest: [{ paths: [path], weights: [bool] }] },
      { "../secret.bin": new Uint8Array(1) },
      (json) => assert.rejects(readTfjsModel(json), { name: "BneckError", message: /the weight file name/ }),
    );
  });
}

Deno.test("a shard that is missing, a folder, too long or too short is refused", async () => {
  const json = (path: string) => ({ weightsManifest: [{ paths: [path], weights: [bool] }] });
  const cases = [
    ["none.bin", /none\.bin: no such file or folder/],
    ["parts", /parts: it is a folder/],
    ["long.bin", /long\.bin: it has 2 bytes, more than the limit of 1/],
    ["short.bin", /need 1 bytes of binary data, but there are 0/],
  ] as const;
  for (const [path, message] of cases) {
    await withModel(
      json(path),
      { "long.bin": new Uint8Array(2), "short.bin": new Uint8Array(0) },
      async (file) => {
        await assert.rejects(readTfjsModel(file), { name: "BneckError", exitStatus: 3, message });
      },
    );
  }
});

Deno.test("the embedded detector's float16 weights are read", async () => {
  const { weights, json } = await readTfjsModel(join(MODELS, "centernet.json"));
  assert.equal(weights.size, 267);
  assert.ok(typeof json.modelTopology === "object");
  const half = [...weights.values()].filter(({ dtype }) => dtype === "float16");
  const elements = half.reduce((sum, tensor) => sum + toFloat32(tensor).length, 0);
  assert.equal(elements, 2_014_985);
  assert.ok(half.every((tensor) => toFloat32(tensor).every(Number.isFinite)));
  // The sixth of its h-swish, as float16 rounds it.
  assert.ok(half.some((tensor) => tensor.shape.length === 0 && toFloat32(tensor)[0] === 0.1666259765625));
});

Deno.test("a published model quantized to uint8 is read", async () => {
  const { weights, json } = await readTfjsModel(join(MODELS, "handtrack.json"));
  const [group] = json.weightsManifest as {
    weights: { name: string; quantization?: { scale: number; min: number } }[];
  }[];
  const quantized = group.weights.filter(({ quantization }) => quantization !== undefined);
  assert.ok(quantized.length > 100);
  for (const { name, quantization } of quantized) {
    const { scale, min } = quantization!;
    const [least, most] = [Math.fround(min), Math.fround(255 * scale + min)];
    assert.ok(valuesOf(weights, name).every((value) => value >= least && value <= most), name);
  }
});
