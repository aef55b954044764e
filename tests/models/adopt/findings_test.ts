/** Everything that is printed of a file names what changes it, and what is said changes it. */
import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { decodeOnnx } from "../../../core/onnx/mod.ts";
import { type Adoption, type Answers } from "../../../models/adopt/mod.ts";
import { adopted } from "./adoptions.ts";
import { type ForeignOutput, type ForeignParts, ONE_BOX } from "./foreign_model.ts";

const floats = (name: string, shape: readonly number[], ...values: number[]): ForeignOutput => ({
  name,
  shape,
  values,
});

const OPEN = { shape: [1, 3, "height", "width"] } as const;
const SIZE: Answers = { size: { kind: "exact", height: 32, width: 32 } };

/** Files that nothing says anything of, of every kind. */
const FILES: Readonly<Record<string, readonly [ForeignParts, Answers?]>> = {
  "yolo-v5": [{ outputs: [floats("out", [1, 63, 7], 0.5)] }, { fit: "letterbox" }],
  "yolo-v8": [{ outputs: [ONE_BOX], input: OPEN }, { ...SIZE, fit: "letterbox" }],
  "final-rows": [{ outputs: [floats("out", [1, 9, 6], 1)] }],
  "rows of seven": [{ outputs: [floats("out", [2, 7], 0, 4, 4, 12, 10, 1, 0.75, 0, 0, 0, 3, 3, 0, 0.1)] }],
  "final-columns": [{
    input: { shape: [3, 32, 32] },
    outputs: [
      floats("boxes", [1, 4], 1, 2, 9, 9),
      floats("scores", [1], 0.5),
      { name: "labels", shape: [1], values: [1], elementType: "int64" },
    ],
  }],
  "final-dets": [{
    outputs: [floats("dets", [1, 1, 5], 1), {
      name: "labels",
      shape: [1, 1],
      values: [1],
      elementType: "int64",
    }],
  }],
  "scored-boxes": [{
    outputs: [
      floats("scores", [1, 2, 2], 0.25, 0.75, 0.5, 0.5),
      floats("boxes", [1, 2, 4], 0.1, 0.1, 0.2, 0.3, 0, 0, 1, 1),
    ],
  }],
  detr: [{
    outputs: [floats("logits", [1, 2, 3], 3, -2, 1, 0, 0, 0), floats("pred_boxes", [1, 2, 4], 0.5)],
    input: OPEN,
  }, SIZE],
  "logits of pixels and others": [{
    outputs: [floats("a", [1, 2, 4, 4], 0.25), floats("b", [1, 2, 4, 4], 0.5)],
    input: OPEN,
  }, SIZE],
  "one map": [{ outputs: [floats("out", [1, 1, 4, 4], 0.4)] }, { fit: "pad" }],
  "a class map": [{ outputs: [{ name: "out", shape: [1, 4, 4], values: [1], elementType: "int64" }] }],
  "a classifier": [
    { outputs: [floats("out", [1, 3], 1, 2, 3), floats("aux", [1, 3], 1, 2, 3)], input: OPEN },
    SIZE,
  ],
  "bytes of TensorFlow": [{
    input: { elementType: "uint8", shape: [1, 32, 32, 3] },
    outputs: [floats("out", [1, 2], 0.25, 0.75)],
  }],
};

/** Answers of every kind, of which one at least is another than what is found. */
const OTHERS: {
  readonly [Option in keyof Answers]-?: readonly (Answers[Option] | "each output" | "new labels")[];
} = {
  task: ["detect", "segment", "classify"],
  outputs: ["yolo-v5", "yolo-v8", "final-rows", "detr", "scored-boxes", "detr-rows"],
  outputNames: ["each output"],
  labels: ["new labels"],
  size: [{ kind: "exact", height: 64, width: 96 }, { kind: "shorter", pixels: 40 }],
  multiple: [16, 8],
  crop: [[16, 16]],
  cropRounding: ["down", "even"],
  fit: ["letterbox", "stretch", "pad", "none"],
  fitRounding: ["down", "even"],
  filter: ["bicubic", "bilinear"],
  layout: ["NHWC", "NCHW", "CHW"],
  channels: ["bgr", "rgb"],
  padding: [7],
  paddingPlace: ["corner", "centre"],
  mean: [[1, 2, 3]],
  std: [[1, 2, 3]],
  iou: [0.123],
  agnostic: [true],
  multiLabel: [true, false],
  firstLabel: ["0", "1"],
  rowOrder: ["box-score-class", "class-score-box", "batch-box-score-class", "batch-box-class-score"],
  scores: ["sigmoid", "softmax", "probabilities"],
  background: ["first", "last", "none"],
  boxFormat: ["centre", "corners"],
  boxUnit: ["sides", "pixels"],
  threshold: [0.123],
};

/** What a copy says of itself. */
function described({ bytes }: Adoption): string {
  return JSON.stringify(decodeOnnx(bytes, "file.onnx").metadata);
}

for (const [kind, [parts, answers = {}]] of Object.entries(FILES)) {
  Deno.test(`every finding names what changes it, and that does: ${kind}`, async () => {
    const plain = await adopted(parts, answers);
    for (const { text, because, options, isAssumed } of plain.findings) {
      const isConclusion = /assume|usual/.test(because) || isAssumed;
      assert.ok(options.length > 0 || !isConclusion, `${text} (${because}) names nothing that changes it`);
      for (const option of options) {
        assert.ok(await changes(plain, parts, answers, option), `${option} does not change "${text}"`);
      }
    }
  });
}

async function changes(
  plain: Adoption,
  parts: ForeignParts,
  answers: Answers,
  option: keyof Answers,
): Promise<boolean> {
  const others = OTHERS[option].flatMap((other): unknown[] => {
    if (other === "each output") return parts.outputs.map(({ name }) => [name]);
    if (other !== "new labels") return [other];
    const labels = Object.values(plain.model.labels)[0]!;
    return [Array.from(labels, (_, at) => `thing ${at}`), ["a", "b", "c", "d", "e", "f", "g", "h"]];
  });
  for (const other of others) {
    try {
      const changed = await adopted(parts, { ...answers, [option]: other });
      if (described(changed) !== described(plain)) return true;
    } catch (error) {
      // Such a file has no other task, layout or outputs: that is said.
      assert.ok(error instanceof BneckError, String(error));
      if (["task", "layout", "outputs", "outputNames"].includes(option)) return true;
    }
  }
  return false;
}

Deno.test("an answer that changes nothing is refused by its name", async () => {
  for (
    const [kind, answers, option] of [
      ["a class map", { threshold: 0.5 }, "threshold"],
      ["final-rows", { iou: 0.5 }, "iou"],
      ["final-rows", { crop: [16, 16] }, "crop"],
      ["yolo-v5", { background: "first" }, "background"],
      ["one map", { paddingPlace: "centre" }, "paddingPlace"],
      ["a class map", { padding: 3 }, "padding"],
      ["bytes of TensorFlow", { mean: [127.5, 127.5, 127.5] }, "mean"],
      ["bytes of TensorFlow", { std: [255, 255, 255] }, "std"],
      ["scored-boxes", { rowOrder: "box-score-class" }, "rowOrder"],
    ] as const
  ) {
    const [parts, given = {}] = FILES[kind];
    await assert.rejects(adopted(parts, { ...given, ...answers }), (error) => {
      assert.ok(error instanceof BneckError, String(error));
      assert.deepEqual([error.exitStatus, error.hint?.option], [2, option], error.message);
      return true;
    });
  }
});

Deno.test("a size that contradicts the file's is refused with both", async () => {
  const [parts] = FILES["final-rows"];
  await assert.rejects(
    adopted(parts, { size: { kind: "exact", height: 64, width: 64 } }),
    /has a fixed size, 32×32, not 64×64/,
  );
  await adopted(parts, SIZE);
});

Deno.test("outputs that are asked for are read, and others named where there is none of the name", async () => {
  const [parts, given] = FILES["logits of pixels and others"];
  const { bytes } = await adopted(parts, { ...given, outputNames: ["b"] });
  const { outputs } = JSON.parse(decodeOnnx(bytes, "file.onnx").metadata["bneck.adopted"]);
  assert.deepEqual(outputs, { "segment.logits": "b" });
  await assert.rejects(adopted(parts, { ...given, outputNames: ["c"] }), /has no output c: it returns a, b/);
});
