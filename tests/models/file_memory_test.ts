import assert from "node:assert/strict";
import { encodeOnnx, type OnnxNode, standardNode } from "../../core/onnx/mod.ts";
import { encodeNetwork } from "../../models/encode_network.ts";
import { measuredBytesPerPixel } from "../../models/file_memory.ts";
import { EVERY_SIZE } from "../../models/input_size.ts";
import { findModel, prepareModel } from "../../models/mod.ts";
import { Model } from "../../models/model.ts";

const CAST = standardNode("Cast", ["image"], "floats", { to: { type: "int", value: 1 } });
const TWICE = standardNode("Concat", ["floats", "floats"], "twice", { axis: { type: "int", value: 3 } });

/** A file that takes images of `height` × `width`, and returns what its last node does. */
function fileOf(
  [height, width]: readonly [number | string, number | string],
  nodes: readonly OnnxNode[],
  elementType: "float32" | "int64" = "float32",
) {
  const size = typeof height === "string"
    ? [{ name: "size", elementType: "int64" as const, shape: [2] }]
    : [];
  const onnx = encodeOnnx({
    irVersion: 9,
    opsets: { "": 20 },
    producer: "test",
    graph: {
      name: "g",
      nodes,
      initializers: [],
      inputs: [{ name: "image", elementType: "uint8", shape: [1, height, width, 3] }, ...size],
      outputs: [{ name: nodes.at(-1)!.outputs[0], elementType }],
    },
    metadata: {},
  });
  return { onnx, inputSize: { kind: "exact", height: 48, width: 64 }, sizeGrid: EVERY_SIZE } as const;
}

for (const task of ["detect", "segment"] as const) {
  Deno.test(`a run tells as much of the memory for ${task} as the graph does`, async () => {
    const { bytesPerPixel, ...file } = encodeNetwork(await findModel("mb3-large-075").build([task]));
    const measured = await measuredBytesPerPixel(file, "the model");
    assert.ok(bytesPerPixel && measured);
    assert.ok(Math.abs(measured / bytesPerPixel - 1) < 0.2, `${measured}, not ${bytesPerPixel}`);
  });
}

Deno.test("the largest layer counts, at any size or at the only one: six numbers read, six written, two and a half times", async () => {
  for (const extent of [["height", "width"], [48, 64]] as const) {
    assert.equal(await measuredBytesPerPixel(fileOf(extent, [CAST, TWICE]), "a file"), 12 * 4 * 2.5);
    assert.equal(await measuredBytesPerPixel(fileOf(extent, [CAST]), "a file"), 6 * 4 * 2.5);
  }
});

Deno.test("nothing is known of a file that does not run, or has values without a shape", async () => {
  assert.equal(await measuredBytesPerPixel(fileOf([50, 64], [CAST]), "of another size"), undefined);
  const sequence = standardNode("SequenceConstruct", ["floats"], "sequence");
  const length = standardNode("SequenceLength", ["sequence"], "length");
  const nodes = [CAST, sequence, length];
  assert.equal(await measuredBytesPerPixel(fileOf([48, 64], nodes, "int64"), "a sequence"), undefined);
});

Deno.test("a model of a file knows what it takes once it is measured, one of bneck's own from the start", async () => {
  const inputSize = { kind: "exact", height: 2048, width: 1024 } as const;
  const { bytesPerPixel, ...file } = await prepareModel(findModel("mb3-large-075"), {
    tasks: ["detect"],
    inputSize,
  });
  const photo = { width: 3000, height: 4000 };
  await using ours = closing(await Model.fromPrepared({ ...file, bytesPerPixel }));
  await using theirs = closing(await Model.fromPrepared(file));
  assert.equal(ours.model.memoryFor(photo), bytesPerPixel! * 2 ** 20);
  assert.equal(theirs.model.memoryFor(photo), undefined);
  await theirs.model.measureMemory();
  assert.ok(theirs.model.memoryFor(photo)! > 2 ** 26);
});

function closing(model: Model) {
  return { model, [Symbol.asyncDispose]: () => model.close() };
}
