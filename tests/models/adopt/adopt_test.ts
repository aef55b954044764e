import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { decodeOnnx } from "../../../core/onnx/mod.ts";
import { adopt, type Answers } from "../../../models/adopt/mod.ts";
import { onnxModel } from "../../../models/onnx_model.ts";
import { resolveModel } from "../../../models/open.ts";
import { foreignModel, type ForeignOutput, ONE_BOX, ULTRALYTICS } from "./foreign_model.ts";
import { adopted, FLOATS, predicted, specOf } from "./adoptions.ts";

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

Deno.test("logits side by side are recognised where the input is so, too", async () => {
  const outputs = [{ name: "out", shape: [1, 8, 8, 3], values: [0.5] }];
  const adoption = await adopted({ input: { shape: [1, 32, 32, 3] }, outputs });
  assert.deepEqual(specOf(adoption), { kind: "label-rows" });
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
