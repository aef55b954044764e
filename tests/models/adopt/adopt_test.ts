import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { maskAt } from "../../../heads/mod.ts";
import { decodeOnnx } from "../../../core/onnx/mod.ts";
import { adopt, adoptFile, type Adoption, type Answers } from "../../../models/adopt/mod.ts";
import { Model, type Prediction } from "../../../models/model.ts";
import { onnxModel } from "../../../models/onnx_model.ts";
import { resolveModel } from "../../../models/open.ts";
import {
  foreignModel,
  type ForeignOutput,
  type ForeignParts,
  ONE_BOX,
  ONE_MASK,
  TWO_PROTOTYPES,
  ULTRALYTICS,
} from "./foreign_model.ts";

const IMAGE = { width: 64, height: 32, data: new Uint8Array(64 * 32 * 3) };

async function adopted(parts: ForeignParts, answers: Answers = {}): Promise<Adoption> {
  const bytes = foreignModel(parts);
  return await adopt(bytes, "file.onnx", decodeOnnx(bytes, "file.onnx"), answers);
}

async function predicted({ bytes }: Adoption): Promise<Prediction> {
  const model = await Model.open(onnxModel(bytes, "file.onnx"));
  try {
    return await model.predict(IMAGE);
  } finally {
    await model.close();
  }
}

async function refused(parts: ForeignParts, answers: Answers = {}): Promise<BneckError> {
  try {
    await adopted(parts, answers);
  } catch (error) {
    assert.ok(error instanceof BneckError, String(error));
    return error;
  }
  throw new Error("it was adopted");
}

function specOf({ bytes }: Adoption): unknown {
  const { metadata } = decodeOnnx(bytes, "file.onnx");
  return Object.values<{ reading: unknown }>(JSON.parse(metadata["bneck.tasks"]))[0].reading;
}

Deno.test("an export of ultralytics says everything itself", async () => {
  const adoption = await adopted({ outputs: [ONE_BOX], metadata: ULTRALYTICS });
  assert.deepEqual(adoption.findings.filter(({ isAssumed }) => isAssumed), []);
  assert.deepEqual(adoption.model.labels.detect, [
    { name: "cat", categoryId: 1 },
    { name: "dog's bone", categoryId: 2 },
  ]);
  const { detect } = await predicted(adoption);
  // 64×32 is letterboxed into 32×32: half as large, eight pixels from above.
  assert.deepEqual([...detect!.boxes], [24, 8, 40, 24]);
  assert.deepEqual([...detect!.classes], [1]);
});

Deno.test("a copy keeps every byte of the file and is a model by itself", async () => {
  const file = foreignModel({ outputs: [ONE_BOX], metadata: ULTRALYTICS });
  const { bytes } = await adopt(file, "a.onnx", decodeOnnx(file, "a.onnx"));
  assert.deepEqual(bytes.subarray(0, file.length), file);
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    await Deno.writeFile(path, bytes);
    const { tasks, weights } = await resolveModel({ model: path });
    assert.deepEqual([tasks, weights], [["detect"], [{ from: "a.onnx", licence: "AGPL-3.0" }]]);
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("a copy can be adopted again with other answers", async () => {
  const { bytes } = await adopted({ outputs: [ONE_BOX], metadata: ULTRALYTICS });
  const again = await adopt(bytes, "file.onnx", decodeOnnx(bytes, "file.onnx"), { iou: 0.3 });
  assert.equal((specOf(again) as { iou: number }).iou, 0.3);
});

Deno.test("a file that says everything is a model without being adopted, another is not", async () => {
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    await Deno.writeFile(path, foreignModel({ outputs: [ONE_BOX], metadata: ULTRALYTICS }));
    assert.deepEqual((await resolveModel({ model: path })).tasks, ["detect"]);
    await Deno.writeFile(path, foreignModel({ outputs: [{ name: "y", shape: [1, 1000], values: [0.5] }] }));
    await assert.rejects(
      resolveModel({ model: path }),
      /does not say how it is used; it would be assumed: .*minus 123.675.*"bneck adopt/,
    );
  } finally {
    await Deno.remove(path);
  }
});

const FLOATS = (name: string, ...shape: number[]): ForeignOutput => ({ name, shape, values: [0.25] });

const KINDS: readonly (readonly [string, readonly ForeignOutput[], Answers, Record<string, unknown>])[] = [
  ["YOLOv5", [FLOATS("output", 1, 1200, 7)], {}, {
    kind: "yolo-v5",
    iou: 0.45,
    agnostic: false,
    multiLabel: false,
  }],
  ["YOLOv8", [FLOATS("output0", 1, 6, 84)], {}, {
    kind: "yolo-v8",
    iou: 0.7,
    agnostic: false,
    multiLabel: false,
    coefficients: 0,
  }],
  ["YOLOv8 with masks", [FLOATS("output0", 1, 38, 84), FLOATS("output1", 1, 32, 8, 8)], {}, {
    kind: "yolo-v8",
    iou: 0.7,
    agnostic: false,
    multiLabel: false,
    coefficients: 32,
  }],
  [
    "selected objects with masks",
    [{ ...FLOATS("output0", 1, 300, 38), values: [1] }, FLOATS("output1", 1, 32, 8, 8)],
    {},
    {
      kind: "final-rows",
      coefficients: 32,
      format: "corners",
    },
  ],
  ["selected objects", [{ ...FLOATS("output0", 1, 300, 6), values: [1] }], {}, {
    kind: "final-rows",
    coefficients: 0,
    format: "corners",
  }],
  [
    "torchvision",
    [
      { name: "boxes", shape: [5, 4], values: [9] },
      { name: "labels", shape: [5], values: [1], elementType: "int64" },
      FLOATS("scores", 5),
    ],
    {},
    { kind: "final-columns", firstClass: 1 },
  ],
  [
    "UltraFace",
    [
      { name: "scores", shape: [1, 2, 2], values: [0.25, 0.75, 0.5, 0.5] },
      { name: "boxes", shape: [1, 2, 4], values: [0.1, 0.1, 0.2, 0.3, 0, 0, 1, 1] },
    ],
    {},
    {
      kind: "scored-boxes",
      scores: "probabilities",
      background: "first",
      format: "corners",
      unit: "sides",
      iou: 0.5,
      agnostic: false,
      multiLabel: false,
    },
  ],
  [
    "DETR",
    [
      { name: "logits", shape: [1, 2, 3], values: [3, -2, 1, 0, 0, 0] },
      { name: "pred_boxes", shape: [1, 2, 4], values: [0.5] },
    ],
    { labels: ["cat", "dog"] },
    { kind: "detr", scores: "softmax", background: "last", multiLabel: false },
  ],
  [
    "RT-DETR",
    [
      { name: "logits", shape: [1, 2, 2], values: [3, -2, 1, 0] },
      { name: "pred_boxes", shape: [1, 2, 4], values: [0.5] },
    ],
    { labels: ["cat", "dog"] },
    { kind: "detr", scores: "sigmoid", background: "none", multiLabel: true },
  ],
  ["logits of pixels", [FLOATS("out", 1, 21, 4, 4), FLOATS("aux", 1, 21, 4, 4)], {}, { kind: "labels" }],
  ["a class map", [{ name: "out", shape: [1, 4, 4], values: [1], elementType: "int64" }], {
    labels: ["road", "sky"],
  }, { kind: "class-map", rank: 3, classes: 2 }],
  [
    "a class map of floats",
    [{
      name: "out",
      shape: [1, 4, 4],
      values: [1, 1, 1, 1, 0, 0, 0, 0, 2, 2, 2, 2, 0, 0, 0, 0],
    }],
    { labels: ["road", "sky", "car"] },
    { kind: "class-map", rank: 3, classes: 3 },
  ],
  ["a classifier whose classes are a map of one pixel", [FLOATS("out", 1, 7, 1, 1)], {}, { kind: "classes" }],
  ["a mask", [FLOATS("out", 1, 1, 4, 4)], {}, { kind: "mask", values: "probabilities", threshold: 0.5 }],
  ["a mask of logits", [{ name: "out", shape: [1, 1, 4, 4], values: [-3] }], {}, {
    kind: "mask",
    values: "logits",
    threshold: 0.5,
  }],
  ["a classifier", [FLOATS("out", 1, 7)], {}, { kind: "classes" }],
  ["a classifier with its softmax", [FLOATS("out", 1, 4)], {}, { kind: "probabilities" }],
];

for (const [name, outputs, answers, spec] of KINDS) {
  Deno.test(`outputs are recognised by their shapes: ${name}`, async () => {
    const adoption = await adopted({ outputs }, answers);
    const found = specOf(adoption) as Record<string, unknown>;
    assert.deepEqual({ ...found, ...spec }, found);
    await predicted(adoption);
  });
}

Deno.test("images of TensorFlow's layout, of bytes or half precision, and batches above 1 are taken", async () => {
  for (
    const input of [
      { elementType: "uint8", shape: [1, 32, 32, 3] },
      { elementType: "float16", shape: [1, 3, 32, 32] },
      { elementType: "float32", shape: ["batch", 3, "height", "width"] },
      { elementType: "float32", shape: [4, 3, 32, 32] },
      { elementType: "float32", shape: [3, 32, 32] },
    ] as const
  ) {
    const output = input.shape[0] === 4
      ? { ...ONE_BOX, shape: [4, 6, 8], values: repeated(ONE_BOX.values, 4) }
      : ONE_BOX;
    const { detect } = await predicted(await adopted({ input, outputs: [output], metadata: ULTRALYTICS }));
    assert.deepEqual([...detect!.classes], [1], JSON.stringify(input));
  }
  const half = { ...ONE_BOX, elementType: "float16" } as const;
  const { detect } = await predicted(await adopted({ outputs: [half], metadata: ULTRALYTICS }));
  assert.deepEqual([...detect!.boxes], [24, 8, 40, 24], "outputs of half precision");
});

Deno.test("bytes are never normalised before the graph, whatever the metadata says", async () => {
  const input = { elementType: "uint8", shape: [1, 32, 32, 3] } as const;
  const { bytes } = await adopted({ input, outputs: [ONE_BOX], metadata: ULTRALYTICS });
  const { input: { mean, std } } = JSON.parse(decodeOnnx(bytes, "file.onnx").metadata["bneck.adopted"]);
  assert.deepEqual([mean, std], [[0, 0, 0], [1, 1, 1]]);
});

Deno.test("the first output is the first of the file, also where others have numbers for names", async () => {
  const outputs = [FLOATS("output", 1, 1, 8, 8), FLOATS("1890", 1, 1, 4, 4)];
  const { bytes } = await adopted({ outputs });
  const { metadata } = decodeOnnx(bytes, "file.onnx");
  assert.deepEqual(JSON.parse(metadata["bneck.adopted"]).outputs, { "segment.mask": "output" });
});

Deno.test("what fails for some sizes is said with the flag for multiples", async () => {
  const open = { input: { shape: [1, 3, "height", "width"] } } as const;
  const broken = { outputs: [{ ...FLOATS("out", 1, 1, 8, 8), values: [NaN] }], ...open };
  const error = await refused(broken, { size: { kind: "shorter", pixels: 50 } });
  assert.equal(error.hint?.option, "multiple");
});

Deno.test("logits side by side are recognised where the input is so, too", async () => {
  const outputs = [{ name: "out", shape: [1, 8, 8, 3], values: [0.5] }];
  const adoption = await adopted({ input: { shape: [1, 32, 32, 3] }, outputs });
  assert.deepEqual(specOf(adoption), { kind: "label-rows" });
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

const MASKS = { ...ULTRALYTICS, task: "segment" };

Deno.test("the masks of an export of ultralytics, in any type", async () => {
  for (const elementType of ["float32", "float16"] as const) {
    const outputs = [ONE_MASK, TWO_PROTOTYPES].map((output) => ({ ...output, elementType }));
    const adoption = await adopted({ outputs, metadata: MASKS });
    assert.equal(adoption.model.hasMasks, true);
    assert.deepEqual(adoption.findings.filter(({ isAssumed }) => isAssumed), []);
    const { detect } = await predicted(adoption);
    const mask = maskAt(detect!, 0)!;
    assert.deepEqual([mask.x, mask.y, mask.width, mask.height], [24, 8, 16, 16]);
    const row = [...mask.data.subarray(0, 16)];
    assert.deepEqual(row, [...new Array(8).fill(0), ...new Array(8).fill(1)]);
  }
  const { model } = await adopted({ outputs: [ONE_BOX], metadata: ULTRALYTICS });
  assert.equal(model.hasMasks, false);
});

const HOSTILE_MASKS: readonly (readonly [string, readonly ForeignOutput[], RegExp])[] = [
  [
    "NaN in a prototype",
    [ONE_MASK, { ...TWO_PROTOTYPES, values: [NaN] }],
    /detect.prototypes is not a number/,
  ],
  [
    "an infinite prototype",
    [ONE_MASK, { ...TWO_PROTOTYPES, values: [Infinity] }],
    /detect.prototypes is not a number/,
  ],
  ["more prototypes than coefficients", [ONE_MASK, FLOATS("output1", 1, 7, 2, 2)], /not read as any kind/],
  ["fewer", [ONE_MASK, FLOATS("output1", 1, 1, 2, 2)], /returns 3 classes, but 2 are named/],
  [
    "more prototypes than any network",
    [FLOATS("output0", 1, 2000, 3000), FLOATS("output1", 1, 1994, 1, 1)],
    /coefficients must be a whole number from 0 to 1024/,
  ],
  [
    "prototypes of a batch",
    [ONE_MASK, FLOATS("output1", 3, 2, 2, 2)],
    /detect.prototypes is of shape \[3, 2, 2, 2\]/,
  ],
  [
    "prototypes without pixels",
    [ONE_MASK, { ...TWO_PROTOTYPES, shape: [1, 2, 0, 2] }],
    /detect.prototypes is of shape \[1, 2, 0, 2\]/,
  ],
  [
    "prototypes of integers",
    [ONE_MASK, { ...TWO_PROTOTYPES, elementType: "int64" }],
    /returns 4 classes, but 2 are named/,
  ],
  ["NaN in a coefficient", [
    { ...ONE_MASK, values: [...ONE_MASK.values.slice(0, 54), ...new Array(18).fill(NaN)] },
    TWO_PROTOTYPES,
  ], /detect.predictions is not a number/],
];

for (const [what, outputs, message] of HOSTILE_MASKS) {
  Deno.test(`hostile masks are refused by name: ${what}`, async () => {
    assert.match((await refused({ outputs, metadata: MASKS })).message, message);
  });
}

Deno.test("masks are made one by one: those of many objects in a large image take no memory", async () => {
  const [boxes, side] = [300, 64];
  const rows = Array.from({ length: boxes }, (_, k) => [0, 0, 32, 32, 0.9 - k / 1000, k % 2, 1, 1]);
  const adoption = await adopted({
    outputs: [
      { name: "output0", shape: [1, boxes, 8], values: rows.flat() },
      FLOATS("output1", 1, 2, side, side),
    ],
    metadata: { ...MASKS, end2end: "True" },
  });
  const model = await Model.open(adoption.model);
  try {
    const [width, height] = [3000, 2000];
    const image = { width, height, data: new Uint8Array(width * height * 3) };
    const { detect } = await model.predict(image, { detect: { score: 0.25, max: boxes } });
    assert.equal(detect!.count, boxes);
    assert.equal(detect!.masks!.prototypes.data.length, 2 * side * side);
    assert.deepEqual(maskAt(detect!, boxes - 1)!.data.length, width * height);
  } finally {
    await model.close();
  }
});

Deno.test("boxes outside the image are clipped or dropped by those who draw", async () => {
  const outside = {
    ...ONE_BOX,
    values: [900, 900, 8, 8, 0, 0.75].flatMap((value) => [value, 0, 0, 0, 0, 0, 0, 0]),
  };
  const { detect } = await predicted(await adopted({ outputs: [outside], metadata: ULTRALYTICS }));
  assert.equal(detect!.count, 1);
});

Deno.test("metadata of a copy is checked as everything else", async () => {
  const { bytes } = await adopted({ outputs: [ONE_BOX], metadata: ULTRALYTICS });
  const decoded = decodeOnnx(bytes, "file.onnx");
  const refusedWith = (entries: Record<string, string>) => {
    const metadata = { ...decoded.metadata, ...entries };
    try {
      onnxModel(bytes, "file.onnx", { ...decoded, metadata });
    } catch (error) {
      assert.ok(error instanceof BneckError, String(error));
      return error.message;
    }
    throw new Error("it was read");
  };
  const graph = JSON.parse(decoded.metadata["bneck.adopted"]);
  const input = (changes: Record<string, unknown>) =>
    refusedWith({ "bneck.adopted": JSON.stringify({ ...graph, input: { ...graph.input, ...changes } }) });
  assert.match(input({ std: [0, 1, 1] }), /std must be three numbers/);
  assert.match(input({ batch: 1e9 }), /batch must be a whole number from 1 to 64/);
  assert.match(input({ fit: "sideways" }), /fit must be one of stretch/);
  assert.match(input({ padding: { value: 256, place: "centre" } }), /padding must be a whole number/);
  assert.match(input({ elementType: "uint8" }), /takes float32 \[1, 3, 32, 32\], not uint8/);
  assert.match(input({ name: "other" }), /must take one image, but takes images/);
  assert.match(
    refusedWith({ "bneck.adopted": JSON.stringify({ ...graph, outputs: {} }) }),
    /does not say which output is detect.predictions/,
  );
  assert.match(
    refusedWith({ "bneck.adopted": JSON.stringify({ ...graph, outputs: { "detect.predictions": "no" } }) }),
    /has no output of the name that detect.predictions has/,
  );
  assert.match(refusedWith({ "bneck.format": "1" }), /bneck.input must be image or tensor/);
  assert.match(refusedWith({ "bneck.format": "3" }), /later version/);
  assert.match(refusedWith({ "bneck.adopted": "[]" }), /bneck.adopted is not an object/);
});

function repeated(values: readonly number[], times: number): number[] {
  return Array.from({ length: times }, () => values).flat();
}
