import assert from "node:assert/strict";
import { join } from "node:path";
import { encodeOnnx, type OnnxModel, type OnnxTensor } from "../../../core/onnx/mod.ts";
import { parseOnnxInitializers, readWeightFile, toFloat32 } from "../../../core/weights/mod.ts";

function model(...initializers: OnnxTensor[]): OnnxModel {
  return {
    irVersion: 9,
    opsets: { "": 20 },
    producer: "test",
    graph: { name: "test", nodes: [], initializers, inputs: [], outputs: [] },
    metadata: { arch: "mobilenet_v2" },
  };
}

function tensor(name: string, values: Float32Array | Float16Array, shape = [values.length]): OnnxTensor {
  const elementType = values instanceof Float16Array ? "float16" : "float32";
  return { name, elementType, shape, data: new Uint8Array(values.buffer) };
}

Deno.test("the initialisers of an ONNX model are weights, its metadata facts about them", async () => {
  const bytes = encodeOnnx(
    model(tensor("stem.weight", Float32Array.of(1, 2), [2, 1]), tensor("half", Float16Array.of(0.5))),
  );
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    await Deno.writeFile(path, bytes);
    const { format, weights, facts } = await readWeightFile(path);
    assert.equal(format, "onnx");
    assert.deepEqual([...facts], [["arch", "mobilenet_v2"]]);
    assert.deepEqual([...weights.keys()], ["stem.weight", "half"]);
    assert.deepEqual(weights.get("stem.weight")!.shape, [2, 1]);
    assert.deepEqual([...toFloat32(weights.get("half")!)], [0.5]);
  } finally {
    await Deno.remove(path);
  }
});

for (
  const [what, tensors, message] of [
    [
      "data in another file",
      [{ ...tensor("w", Float32Array.of()), external: { location: "weights.bin" } }],
      /uses external data, in "weights\.bin"/,
    ],
    [
      "two of one name",
      [tensor("w", Float32Array.of(1)), tensor("w", Float32Array.of(2))],
      /duplicate name/,
    ],
    [
      "text as elements",
      [{ name: "w", elementType: "string", shape: [0], data: new Uint8Array() }],
      /unsupported element type string/,
    ],
  ] as const
) {
  Deno.test(`initialisers with ${what} are refused`, () => {
    const bytes = encodeOnnx(model(...tensors));
    assert.throws(() => parseOnnxInitializers(bytes, "x.onnx"), {
      name: "BneckError",
      message: new RegExp(`^cannot read x\\.onnx: initialiser "w": .*${message.source}`),
    });
  });
}

/** Writes a model whose tensors lie in other files, and these files, and reads it. */
async function readExternal(
  tensors: Readonly<Record<string, Record<string, string>>>,
  files: Readonly<Record<string, Uint8Array>>,
) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(join(folder, "model"));
    const path = join(folder, "model", "x.onnx");
    const initializers = Object.entries(tensors).map(([name, external]): OnnxTensor => {
      return { name, elementType: "float32", shape: [2], data: new Uint8Array(), external };
    });
    await Deno.writeFile(path, encodeOnnx(model(...initializers)));
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(join(folder, "model", name), content);
    }
    const { weights } = await readWeightFile(path);
    return Object.fromEntries([...weights].map(([name, tensor]) => [name, [...toFloat32(tensor)]]));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("weights are read from files beside the model, one for all or one for each", async () => {
  const numbers = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
  assert.deepEqual(
    await readExternal({
      all: { location: "x.onnx.data" },
      end: { location: "x.onnx.data", offset: "8", length: "8" },
      own: { location: "own" },
    }, { "x.onnx.data": numbers, own: numbers.slice(4, 12) }),
    { all: [1, 2], end: [3, 4], own: [2, 3] },
  );
});

for (
  const [what, external, message] of [
    ["outside the model's folder", { location: "../secret" }, /not the name of a file in the model's folder/],
    ["in a file that is missing", { location: "none" }, /external data of .*x\.onnx in .*none: no such file/],
    ["in a folder", { location: "." }, /not the name of a file/],
    [
      "beyond the end of its file",
      { location: "data", offset: "12" },
      /8 bytes from byte 12, reach beyond the 16/,
    ],
    ["of another length", { location: "data", length: "12" }, /needs 8 bytes, but it has 12/],
    ["of an absurd length", { location: "data", length: "999999999999999" }, /reach beyond the 16 bytes/],
  ] as const
) {
  Deno.test(`a tensor whose data lie ${what} is refused`, async () => {
    await assert.rejects(readExternal({ w: external }, { data: new Uint8Array(16) }), {
      name: "BneckError",
      exitStatus: 3,
      message,
    });
  });
}
