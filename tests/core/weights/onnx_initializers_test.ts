import assert from "node:assert/strict";
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
      [{ ...tensor("w", Float32Array.of()), external: { location: "../../etc/passwd" } }],
      /uses external data/,
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
