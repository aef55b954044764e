/** What `adopt` asks for or refuses, and answers of networks that are refused by name. */
import assert from "node:assert/strict";
import { decodeOnnx } from "../../../core/onnx/mod.ts";
import { adopt, adoptFile } from "../../../models/adopt/mod.ts";
import { foreignModel, ONE_BOX, ULTRALYTICS } from "./foreign_model.ts";
import { adopted, FLOATS, refused } from "./adoptions.ts";

Deno.test("what fails for some sizes is said with the flag for multiples", async () => {
  const open = { input: { shape: [1, 3, "height", "width"] } } as const;
  const broken = { outputs: [{ ...FLOATS("out", 1, 1, 8, 8), values: [NaN] }], ...open };
  const error = await refused(broken, { size: { kind: "shorter", pixels: 50 } });
  assert.equal(error.hint?.option, "multiple");
});

Deno.test("what only the user can say is asked for", async () => {
  const open = { input: { shape: [1, 3, "height", "width"] }, outputs: [FLOATS("out", 1, 7)] } as const;
  const error = await refused(open);
  assert.match(error.message, /takes images of any size, and nothing says at which it works/);
  assert.equal(error.hint?.option, "size");
  await adopted(open, { size: { kind: "exact", height: 32, width: 32 } });
});

Deno.test("what cannot be read is refused by its shape", async () => {
  const unknown = await refused({ outputs: [FLOATS("a", 2, 3, 5, 7, 9)] });
  assert.match(unknown.message, /returns floats \[2, 3, 5, 7, 9\], which is not read as any kind of outputs/);
  assert.equal(unknown.hint?.option, "outputs");
  const two = foreignModel({ outputs: [ONE_BOX], input: { shape: [1, 4, 32, 32] } });
  await assert.rejects(
    adopt(two, "file.onnx", decodeOnnx(two, "file.onnx")),
    /takes images: float32 \[1, 4, 32, 32\]: supported are images of three channels/,
  );
  const pose = await refused({ outputs: [ONE_BOX], metadata: { ...ULTRALYTICS, task: "pose" } });
  assert.match(pose.message, /does pose, according to ultralytics' metadata/);
  const many = await refused({
    outputs: [ONE_BOX],
    metadata: ULTRALYTICS,
    input: { shape: [9999, 3, 32, 32] },
  });
  assert.match(many.message, /takes 9999 images at once: supported are up to 64/);
});

Deno.test("files of weights and models of other programs are called what they are", async () => {
  await assert.rejects(adoptFile("leaves.safetensors"), /file of weights: only ONNX files can be adopted/);
  await assert.rejects(adoptFile("net.tflite"), /TensorFlow Lite model, but only ONNX files can be run/);
});

Deno.test("maps of another kind than the classes of pixels are refused by their shape", async () => {
  for (const shape of [[1, 0, 4, 4], [1, 5, 1, 4]]) {
    const { message } = await refused({ outputs: [FLOATS("out", ...shape)] }, { task: "segment" });
    assert.match(
      message,
      /not read as any kind of outputs|labels of segment must be a list of 1/,
      JSON.stringify(shape),
    );
  }
  const square = await refused({ outputs: [{ ...FLOATS("out", 1, 32, 32), values: [2.5] }] });
  assert.match(square.message, /returns floats \[1, 32, 32\], which is not read/, "it is no table of boxes");
  const many = await refused({ outputs: [FLOATS("out", 1, 300, 4, 4)] }, { task: "segment" });
  assert.match(many.message, /labels of segment must be a list of 1 to 256/);
  const beyond = await refused({
    outputs: [{ name: "out", shape: [1, 4, 4], values: [9], elementType: "int64" }],
  }, { labels: ["road", "sky"] });
  assert.match(beyond.message, /returns class 9 in its map, but has 2 classes/);
});

Deno.test("wrong answers of a network are refused by name, never drawn", async () => {
  const labels = await refused({ outputs: [FLOATS("y", 1, 9, 84)], metadata: ULTRALYTICS });
  assert.match(labels.message, /returns 5 classes, but 2 are named/);
  const nan = await refused({
    outputs: [{ ...ONE_BOX, values: [NaN] }],
    metadata: ULTRALYTICS,
  });
  assert.match(nan.message, /detect.predictions is not a number \(NaN\) or infinite in places/);
  const large = await refused({ outputs: [{ ...ONE_BOX, values: [20] }], metadata: ULTRALYTICS });
  assert.match(large.message, /as yolo-v8, it would have a probability of 20/);
  const integers = await refused({
    outputs: [{ ...ONE_BOX, elementType: "int64", values: [1] }],
    metadata: ULTRALYTICS,
  });
  assert.match(integers.message, /integers \[1, 6, 8\], which is not read/);
  const unnamed = await refused({
    outputs: [{ name: "y", shape: [1, 1, 6], values: [1, 1, 9, 9, 0.9, 7] }],
    metadata: { ...ULTRALYTICS, end2end: "True" },
  });
  assert.match(unnamed.message, /returns an object of class 7, but has 2 labels/);
});
