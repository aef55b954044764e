import assert from "node:assert/strict";
import type { OnnxValueInfo } from "../../core/onnx/mod.ts";
import { Model } from "../../models/mod.ts";
import { onnxModel } from "../../models/onnx_model.ts";
import { testImage } from "../support/test_image.ts";
import { hostileModel, type HostileParts, logits } from "./hostile_model.ts";

async function predict(parts: HostileParts) {
  const model = await Model.open(onnxModel(hostileModel(parts), "x.onnx"));
  try {
    return await model.predict(testImage(40, 30));
  } finally {
    await model.close();
  }
}

const refused = (parts: HostileParts, message: RegExp) =>
  assert.rejects(predict(parts), { name: "BneckError", exitStatus: 3, message });

const image = (shape: OnnxValueInfo["shape"], elementType: OnnxValueInfo["elementType"] = "uint8") => ({
  name: "image",
  elementType,
  shape,
});

Deno.test("a sound file of the same making is run", async () => {
  const { segment } = await predict({});
  assert.deepEqual([segment!.classes, segment!.height, segment!.width], [2, 2, 2]);
});

Deno.test("outputs that are NaN or infinite are refused by name, not drawn", async () => {
  for (const bad of [NaN, Infinity, -Infinity]) {
    const data = new Float32Array(8);
    data[5] = bad;
    await refused(
      { constants: [logits(data)] },
      /^streets returns unusable output: segment\.logits is not a number \(NaN\) or infinite in places$/,
    );
  }
});

Deno.test("outputs of another element type are refused when the file is read", async () => {
  await refused(
    { constants: [logits(new BigInt64Array(8), "int64")], output: { elementType: "int64" } },
    /^x\.onnx has unusable output: segment\.logits is of type int64, not float32$/,
  );
});

Deno.test("outputs of another shape are refused, whether the file declares them or only returns them", async () => {
  const flat = { ...logits(new Float32Array(8)), shape: [2, 2, 2] };
  await refused({ constants: [flat] }, /returns unusable output: segment\.logits is of shape \[2, 2, 2\]/);
  await refused(
    { constants: [flat], output: { shape: [2, 2, 2] } },
    /^x\.onnx has unusable output: segment\.logits is of shape/,
  );
});

Deno.test("inputs that no image fits are refused when the file is read, huge ones by the limit", async () => {
  await refused(
    { inputs: [image([1, 3, 224, 224])] },
    /an image of shape \[1, height, width, 3\], not \[1, 3,/,
  );
  await refused({ inputs: [image([1, -5, 7, 3])] }, /not \[1, -5, 7, 3\]/);
  await refused({ inputs: [image([1, 0, "w", 3])] }, /not \[1, 0, w, 3\]/);
  await refused({ inputs: [image([2 ** 40, "h", "w", 3])] }, /not \[1099511627776, h, w, 3\]/);
  await refused({ inputs: [image([1, 60_000, 60_000, 3])] }, /more than 134217728 pixels are not supported/);
  await refused({ inputs: [image([1, "h", "w", 3], "float32")] }, /must take an image only/);
  const size = (elementType: OnnxValueInfo["elementType"], shape: number[]) => ({
    inputs: [image([1, "h", "w", 3]), { name: "size", elementType, shape }],
  });
  await refused(size("int64", [3]), /the input size of x\.onnx must be int64 \[2\], not int64 \[3\]/);
  await refused(size("float32", [2]), /must be int64 \[2\], not float32 \[2\]/);
});

Deno.test("external data is refused, which onnxruntime would take from the current folder", async () => {
  const external = { location: "weights.bin" };
  const constants = [{ ...logits(new Float32Array(8)), data: new Uint8Array(), external }];
  await refused({ constants }, /^x\.onnx uses external data/);
});

Deno.test("a pixel's label is a byte, so no file has more than 256 classes of them", async () => {
  const labels = Array.from({ length: 257 }, () => ({ name: "a", color: [0, 0, 0] }));
  const tasks = JSON.stringify({ segment: { reading: { kind: "labels" }, labels } });
  await refused({ metadata: { "bneck.tasks": tasks } }, /labels of segment must be a list of 1 to 256/);
});

Deno.test("names from a file hold nothing that acts on a terminal", async () => {
  const bad = "a\u001b[2J\u009b31m\u202eb";
  const label = { name: bad, color: [0, 0, 0] };
  const tasks = JSON.stringify({ segment: { reading: { kind: "labels" }, labels: [label, label] } });
  const model = onnxModel(
    hostileModel({
      metadata: {
        "bneck.name": bad,
        "bneck.summary": bad,
        "bneck.architecture": bad,
        "bneck.tasks": tasks,
        licence: bad,
        source: bad,
      },
    }),
    "x.onnx",
  );
  const { name, summary, architecture, labels, weights } = model;
  assert.doesNotMatch(
    JSON.stringify({ name, summary, architecture, labels, weights }),
    /[\x7f-\x9f\u202e]|\\u/,
  );
  await (await Model.open(model)).close();
});
