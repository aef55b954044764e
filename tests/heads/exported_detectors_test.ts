import assert from "node:assert/strict";
import {
  type Detections,
  type DetectionSettings,
  type HeadOutput,
  type HeadOutputs,
  type ImageView,
  outputShapes,
  type OutputSpec,
  parseDecoder,
} from "../../heads/mod.ts";

/** An input of 10×10 that the image, 40×20, covers in its middle: four pixels of the image are one of the input. */
const VIEW: ImageView = {
  width: 40,
  height: 20,
  inputWidth: 10,
  inputHeight: 10,
  placement: { left: 0, top: 2.5, width: 10, height: 5 },
};

const SETTINGS: DetectionSettings = { score: 0.25, max: 10 };
const SUPPRESSION = { iou: 0.5, agnostic: false, multiLabel: false };

const fail = (problem: string): never => {
  throw new Error(problem);
};

function decode(
  spec: OutputSpec & Record<string, unknown>,
  outputs: HeadOutputs,
  settings: Partial<DetectionSettings> = {},
): { readonly boxes: number[][]; readonly scores: number[]; readonly classes: number[] } {
  const json = JSON.parse(JSON.stringify(spec));
  const decoder = parseDecoder("detect", json, fail);
  // What files of before lack has its default.
  assert.deepEqual({ ...decoder.spec, ...json }, decoder.spec);
  assert.deepEqual(Object.keys(outputShapes(decoder.spec)).sort(), Object.keys(outputs).sort());
  const found: Detections = decoder.decode(outputs, VIEW, { ...SETTINGS, ...settings });
  return {
    boxes: Array.from({ length: found.count }, (_, row) => [...found.boxes.subarray(row * 4, row * 4 + 4)]),
    scores: [...found.scores].map((score) => Number(score.toFixed(4))),
    classes: [...found.classes],
  };
}

function output(shape: readonly number[], ...values: number[]): HeadOutput {
  return { shape, data: Float32Array.from(values) };
}

/** Centre (5, 5), 4 wide, 2 high: x 3 to 7, y 4 to 6 in the input. */
const CENTRE = [5, 5, 4, 2];
const IN_IMAGE = [12, 6, 28, 14];

Deno.test("YOLOv5: the objectness multiplies the best class", () => {
  const predictions = output(
    [1, 3, 7],
    ...CENTRE,
    0.5,
    0.2,
    0.8,
    ...CENTRE,
    0.5,
    0.4,
    0.3,
    ...CENTRE,
    0.1,
    1,
    1,
  );
  assert.deepEqual(decode({ kind: "yolo-v5", ...SUPPRESSION }, { predictions }), {
    boxes: [IN_IMAGE],
    scores: [0.4],
    classes: [1],
  });
  const low = decode({ kind: "yolo-v5", ...SUPPRESSION }, { predictions }, { score: 0.15 });
  assert.deepEqual(low.scores, [0.4, 0.2], "classes do not suppress each other");
});

Deno.test("YOLOv8: columns hold the boxes, and coefficients of masks after them", () => {
  const columns = [[...CENTRE, 0.1, 0.9, 7], [1, 5, 2, 2, 0.6, 0.5, 7]];
  const data = columns[0].flatMap((_, row) => columns.map((column) => column[row]));
  const predictions = output([1, 7, 2], ...data);
  const prototypes = output([1, 1, 1, 1], 1);
  assert.deepEqual(
    decode({ kind: "yolo-v8", coefficients: 1, ...SUPPRESSION }, { predictions, prototypes }),
    {
      boxes: [IN_IMAGE, [0, 6, 8, 14]],
      scores: [0.9, 0.6],
      classes: [1, 0],
    },
  );
});

Deno.test("IoUs are those of boxes that were moved by their class in single precision, as ultralytics has them", () => {
  // 17 pixels wide and 3 apart: an IoU of 0.7 and a little, which rounding takes away from classes far from 0.
  const [left, width] = [1.7, 17];
  const columns = [left, left + 3].map((x) => [x + width / 2, 30, width, 40]);
  const kept = (label: number) => {
    const rows = columns.map((
      box,
      row,
    ) => [...box, ...Array.from({ length: 80 }, (_, k) => k === label ? 0.9 - row / 10 : 0)]);
    const predictions = output([1, 84, 2], ...rows[0].flatMap((_, k) => rows.map((row) => row[k])));
    return decode({ kind: "yolo-v8", coefficients: 0, ...SUPPRESSION, iou: 0.7 }, { predictions }).scores
      .length;
  };
  assert.deepEqual([kept(0), kept(79)], [1, 2]);
});

Deno.test("with several labels a box is an object of each class that scores", () => {
  const predictions = output([1, 6, 1], ...CENTRE, 0.6, 0.5);
  const spec = { kind: "yolo-v8", coefficients: 0, ...SUPPRESSION };
  assert.deepEqual(decode(spec, { predictions }).classes, [0]);
  assert.deepEqual(decode({ ...spec, multiLabel: true }, { predictions }).classes, [0, 1]);
});

Deno.test("boxes of one class suppress each other, or of all where classes do not matter", () => {
  const two = [[...CENTRE, 0.9, 0], [...CENTRE, 0, 0.8]];
  const predictions = output([1, 6, 2], ...two[0].flatMap((_, row) => two.map((column) => column[row])));
  const spec = { kind: "yolo-v8", coefficients: 0, ...SUPPRESSION };
  assert.deepEqual(decode(spec, { predictions }).classes, [0, 1]);
  assert.deepEqual(decode({ ...spec, agnostic: true }, { predictions }).classes, [0]);
  assert.deepEqual(decode({ ...spec, agnostic: true }, { predictions }, { iou: 1 }).classes, [0, 1]);
});

Deno.test("only the classes asked for are reported, and no more than asked for", () => {
  const two = [[...CENTRE, 0.9, 0], [1, 5, 2, 2, 0, 0.8]];
  const predictions = output([1, 6, 2], ...two[0].flatMap((_, row) => two.map((column) => column[row])));
  const spec = { kind: "yolo-v8", coefficients: 0, ...SUPPRESSION };
  assert.deepEqual(decode(spec, { predictions }, { classes: new Set([1]) }).scores, [0.8]);
  assert.deepEqual(decode(spec, { predictions }, { max: 1 }).scores, [0.9]);
});

Deno.test("selected objects in rows are sorted, and nothing is suppressed", () => {
  const objects = output([1, 3, 6], 3, 4, 7, 6, 0.5, 1, 3, 4, 7, 6, 0.75, 0, 0, 0, 1, 1, 0.1, 0);
  const spec = { kind: "final-rows", coefficients: 0, format: "corners", unit: "pixels" };
  assert.deepEqual(decode(spec, { objects }), {
    boxes: [IN_IMAGE, IN_IMAGE],
    scores: [0.75, 0.5],
    classes: [0, 1],
  });
  const shares = output([1, 1, 6], 0.5, 0.5, 0.4, 0.2, 0.5, 1);
  const boxes = decode({ ...spec, format: "centre", unit: "sides" }, { objects: shares }).boxes;
  near(boxes, [IN_IMAGE]);
});

Deno.test("torchvision's objects are counted from 1, and there may be none", () => {
  const spec = { kind: "final-columns", firstClass: 1 };
  const none = { boxes: output([0, 4]), labels: output([0]), scores: output([0]) };
  assert.deepEqual(decode(spec, none), { boxes: [], scores: [], classes: [] });
  const one = { boxes: output([1, 4], 3, 4, 7, 6), labels: output([1], 18), scores: output([1], 0.5) };
  assert.deepEqual(decode(spec, one), { boxes: [IN_IMAGE], scores: [0.5], classes: [17] });
});

Deno.test("decoded SSD boxes: the background comes first, boxes are shares of the sides", () => {
  const spec = {
    kind: "scored-boxes",
    scores: "probabilities",
    background: "first",
    format: "corners",
    unit: "sides",
    ...SUPPRESSION,
  };
  const scores = output([1, 2, 2], 0.1, 0.9, 0.8, 0.2);
  const boxes = output([1, 2, 4], 0.3, 0.4, 0.7, 0.6, 0, 0, 1, 1);
  const found = decode(spec, { scores, boxes });
  near(found.boxes, [IN_IMAGE]);
  assert.deepEqual([found.scores, found.classes], [[0.9], [0]]);
  const swapped = output([1, 2, 4], 0.4, 0.3, 0.6, 0.7, 0, 0, 1, 1);
  near(decode({ ...spec, format: "corners-yx" }, { scores, boxes: swapped }).boxes, [IN_IMAGE]);
});

Deno.test("DETR: a softmax with the background last; RT-DETR: a sigmoid", () => {
  const boxes = output([1, 1, 4], 0.5, 0.5, 0.4, 0.2);
  const softmax = { kind: "detr", scores: "softmax", background: "last", multiLabel: false };
  const found = decode(softmax, { logits: output([1, 1, 3], 2, 1, 0), boxes });
  near(found.boxes, [IN_IMAGE]);
  assert.deepEqual([found.scores, found.classes], [[0.6652], [0]]);
  const sigmoid = { kind: "detr", scores: "sigmoid", background: "none", multiLabel: true };
  assert.deepEqual(decode(sigmoid, { logits: output([1, 1, 2], 2, 0), boxes }).scores, [0.8808, 0.5]);
});

Deno.test("RT-DETR in one table: boxes and probabilities of queries", () => {
  const found = decode({ kind: "detr-rows" }, {
    predictions: output([1, 1, 6], 0.5, 0.5, 0.4, 0.2, 0.1, 0.7),
  });
  near(found.boxes, [IN_IMAGE]);
  assert.deepEqual([found.scores, found.classes], [[0.7], [1]]);
});

Deno.test("rows for other cells than the input has are refused with both numbers", () => {
  const predictions = output([1, 3, 6], ...new Array(18).fill(0));
  const yolox = { kind: "yolox", strides: [8], ...SUPPRESSION };
  assert.throws(
    () => decode(yolox, { predictions }),
    /returns 3 rows, but an input of 10×10 has 4 cells at strides of 8/,
  );
});

Deno.test("rows that are not counted are no objects, and counts beyond the rows change nothing", () => {
  const spec = { kind: "final-columns", firstClass: 0, format: "corners", unit: "pixels", counted: true };
  const outputs = {
    boxes: output([2, 4], 3, 4, 7, 6, 3, 4, 7, 6),
    labels: output([2], 0, 1),
    scores: output([2], 0.5, 0.75),
  };
  const found = (count: number) => decode(spec, { ...outputs, count: output([1], count) }).classes;
  assert.deepEqual([found(0), found(1), found(2), found(1e9), found(-5)], [[], [0], [1, 0], [1, 0], []]);
});

Deno.test("specs with invalid fields are refused by name", () => {
  const spec = { kind: "yolo-v8", coefficients: 0, ...SUPPRESSION };
  const refused = (changes: Record<string, unknown>) => {
    try {
      parseDecoder("detect", { ...spec, ...changes }, fail);
    } catch (error) {
      return (error as Error).message;
    }
    return undefined;
  };
  assert.match(refused({ iou: 2 })!, /iou must be between 0 and 1/);
  assert.match(refused({ coefficients: -1 })!, /coefficients must be a whole number from 0 to 1024/);
  assert.match(refused({ agnostic: "yes" })!, /agnostic must be true or false/);
  assert.match(refused({ kind: "final-columns", firstClass: 5 })!, /firstClass/);
  assert.match(refused({ kind: "scored-boxes" })!, /format must be one of centre, corners/);
  assert.match(
    refused({ kind: "yolox", strides: [8, 8] })!,
    /strides must be 1 to 6 whole numbers in ascending/,
  );
  assert.match(refused({ kind: "yolox", strides: [] })!, /strides must be/);
  assert.match(refused({ kind: "yolox", strides: [1e9] })!, /strides must be/);
  assert.match(
    refused({ kind: "nanodet", strides: [8], bins: 1e9 })!,
    /bins must be a whole number from 2 to 64/,
  );
  const rows = { kind: "final-rows", format: "corners", unit: "pixels" };
  assert.match(refused({ ...rows, order: "any" })!, /order must be one of box-score-class/);
  assert.match(
    refused({ kind: "final-dets", firstClass: 2 })!,
    /firstClass must be a whole number from 0 to 1/,
  );
  assert.match(refused({ kind: "detr", scores: "none" })!, /scores must be one of probabilities/);
});

function near(found: readonly number[][], wanted: readonly number[][]): void {
  assert.equal(found.length, wanted.length);
  found.flat().forEach((value, index) =>
    assert.ok(Math.abs(value - wanted.flat()[index]) < 1e-4, String(found))
  );
}
