/** Files of the shapes that exporters write, with an object at a known place: they are read rightly, or refused by name. */
import assert from "node:assert/strict";
import { encodeOnnx, standardNode as node } from "../../../core/onnx/mod.ts";
import { adoptedBytes, predicted } from "./adoptions.ts";
import { foreignModel } from "./foreign_model.ts";
import { type Case, CAT_AND_DOG, floats, integers, row, rows } from "./exported.ts";

/** The cells of 32×32 at strides of 8, 16 and 32. */
const CELLS = 21;

/** Rows of YOLOX: the cell in row 1 and column 2 of stride 8 has a dog, others nothing; sizes are logarithms. */
const YOLOX_ROWS = Array.from(
  { length: CELLS },
  (_, cell) => cell === 6 ? [0.5, 0.25, Math.log(2), 0, 0.9, 0, 1] : [0.5, 0.5, -1, -1, 0, 0.5, 0.5],
).flat();

/** The same decoded. */
const DECODED_ROWS = Array.from({ length: CELLS }, (_, cell) => {
  const [step, first, across] = cell < 16 ? [8, 0, 4] : cell < 20 ? [16, 16, 2] : [32, 20, 1];
  const [x, y] = [(cell - first) % across, Math.floor((cell - first) / across)];
  return cell === 6 ? [20, 10, 16, 8, 0.9, 0, 1] : [(x + 0.5) * step, (y + 0.5) * step, 3, 3, 0, 0.5, 0.5];
}).flat();

/** Of NanoDet: distances of 1 cell to every side of the cell in row 1 and column 2 of stride 8. */
const NANODET_CELLS = 22;

const NANODET_ROWS = Array.from({ length: NANODET_CELLS }, (_, cell) => [
  ...(cell === 6 ? [0, 0.75] : [0, 0]),
  ...Array.from({ length: 32 }, (_, k) => k % 8 === 1 ? 40 : -40),
]).flat();

const DETECTORS: Readonly<Record<string, Case>> = {
  "mmdeploy: dets and labels": {
    outputs: [
      floats("dets", [1, 3, 5], rows(3, [4, 4, 12, 10, 0.75], [0, 0, 3, 3, 0.1])),
      integers("labels", [1, 3], [1, 0, 0]),
    ],
    answers: CAT_AND_DOG,
    // Letterboxed into the corner: twice as large.
    boxes: [[8, 8, 24, 20]],
    classes: ["dog"],
  },
  "mmdetection 2: dets and labels without a batch": {
    outputs: [floats("dets", [2, 5], rows(2, [4, 4, 12, 10, 0.75])), integers("labels", [2], [1, 0])],
    answers: CAT_AND_DOG,
    boxes: [[8, 8, 24, 20]],
    classes: ["dog"],
  },
  "mmdeploy: masks beside the boxes are left alone": {
    outputs: [
      floats("dets", [1, 2, 5], rows(2, [4, 4, 12, 10, 0.75])),
      integers("labels", [1, 2], [1, 0]),
      floats("masks", [1, 2, 28, 28], [0.5]),
    ],
    answers: CAT_AND_DOG,
    boxes: [[8, 8, 24, 20]],
    classes: ["dog"],
  },
  "mmdeploy: batches of 4": {
    input: { shape: [4, 3, 32, 32] },
    outputs: [
      floats("dets", [4, 1, 5], [0, 1, 2, 3].flatMap(() => [4, 4, 12, 10, 0.75])),
      integers("labels", [4, 1], [1, 1, 1, 1]),
    ],
    answers: CAT_AND_DOG,
    boxes: [[8, 8, 24, 20]],
    classes: ["dog"],
  },
  "TensorFlow's object detection": {
    input: { elementType: "uint8", shape: [1, "height", "width", 3], name: "input_tensor" },
    outputs: [
      floats("detection_anchor_indices", [1, 3], [5, 0, 0]),
      floats("detection_boxes", [1, 3, 4], rows(3, [0.25, 0.125, 0.75, 0.5], [0, 0, 1, 1])),
      floats("detection_classes", [1, 3], [18, 1, 1]),
      floats("detection_multiclass_scores", [1, 3, 91], [0.01]),
      floats("detection_scores", [1, 3], [0.75, 0.9, 0]),
      floats("num_detections", [1], [1]),
      floats("raw_detection_boxes", [1, 12, 4], [0.5]),
      floats("raw_detection_scores", [1, 12, 91], [0.01]),
    ],
    boxes: [[8, 8, 32, 24]],
    classes: ["dog"],
  },
  "TensorFlow 1's names": {
    input: { elementType: "uint8", shape: ["n", "height", "width", 3], name: "image_tensor:0" },
    outputs: [
      floats("detection_boxes:0", [1, 2, 4], rows(2, [0.25, 0.125, 0.75, 0.5])),
      floats("detection_classes:0", [1, 2], [18, 1]),
      floats("detection_scores:0", [1, 2], [0.75, 0]),
      floats("num_detections:0", [1], [2]),
    ],
    boxes: [[8, 8, 32, 24]],
    classes: ["dog"],
  },
  "YOLOX, as its exporter writes it": {
    outputs: [floats("output", [1, CELLS, 7], YOLOX_ROWS)],
    answers: CAT_AND_DOG,
    boxes: [[24, 12, 56, 28]],
    classes: ["dog"],
  },
  "YOLOX with decoded boxes": {
    outputs: [floats("output", [1, CELLS, 7], DECODED_ROWS)],
    answers: { ...CAT_AND_DOG, fit: "letterbox", paddingPlace: "corner" },
    boxes: [[24, 12, 56, 28]],
    classes: ["dog"],
  },
  "NanoDet-Plus": {
    outputs: [floats("output", [1, NANODET_CELLS, 34], NANODET_ROWS)],
    answers: CAT_AND_DOG,
    boxes: [[16, 0, 48, 16]],
    classes: ["dog"],
  },
  "PaddleDetection: rows of class, score, box": {
    companions: [
      { name: "im_shape", elementType: "float32", shape: [1, 2] },
      { name: "scale_factor", elementType: "float32", shape: [1, 2] },
    ],
    outputs: [
      floats("multiclass_nms3_0.tmp_0", [2, 6], [1, 0.75, 4, 4, 12, 10, -1, 0, 0, 0, 0, 0]),
      { name: "multiclass_nms3_0.tmp_2", shape: [1], values: [2], elementType: "int32" },
    ],
    answers: CAT_AND_DOG,
    boxes: [[8, 4, 24, 10]],
    classes: ["dog"],
  },
  "PP-YOLOE without its suppression": {
    outputs: [
      floats("boxes", [1, 3, 4], rows(3, [4, 4, 12, 10], [0, 0, 1, 1], [0, 0, 1, 1])),
      floats("scores", [1, 2, 3], [0, 0, 0, 0.75, 0, 0]),
    ],
    answers: CAT_AND_DOG,
    boxes: [[8, 4, 24, 10]],
    classes: ["dog"],
  },
  "YOLO-NAS: counted objects": {
    outputs: [
      integers("num_predictions", [1, 1], [1]),
      floats("pred_boxes", [1, 3, 4], rows(3, [4, 4, 12, 10])),
      floats("pred_scores", [1, 3], [0.75, 0.75, 0.75]),
      integers("pred_classes", [1, 3], [1, 1, 1]),
    ],
    answers: CAT_AND_DOG,
    boxes: [[8, 4, 24, 10]],
    classes: ["dog"],
  },
  "YOLO-NAS: rows of image, box, score, class": {
    outputs: [
      floats("graph2_flat_predictions", [2, 7], rows(2, [0, 4, 4, 12, 10, 0.75, 1], [0, 0, 0, 3, 3, 0.1, 0])),
    ],
    answers: CAT_AND_DOG,
    boxes: [[8, 4, 24, 10]],
    classes: ["dog"],
  },
  "YOLOv7 with its suppression: rows of image, box, class, score": {
    outputs: [floats("output", [2, 7], rows(2, [0, 4, 4, 12, 10, 1, 0.75], [0, 0, 0, 3, 3, 0, 0.1]))],
    answers: { ...CAT_AND_DOG, fit: "letterbox" },
    boxes: [[8, -8, 24, 4]],
    classes: ["dog"],
  },
  "rows of image, class, score, box in sides": {
    outputs: [
      floats(
        "detection_out",
        [1, 1, 2, 7],
        rows(2, [0, 1, 0.75, 0.125, 0.125, 0.5, 0.25], [0, 0, 0.1, 0, 0, 1, 1]),
      ),
    ],
    answers: CAT_AND_DOG,
    boxes: [[8, 4, 32, 8]],
    classes: ["dog"],
  },
  "RF-DETR": {
    outputs: [
      floats("dets", [1, 2, 4], rows(2, [0.25, 0.25, 0.25, 0.125], [0.5, 0.5, 1, 1])),
      floats("labels", [1, 2, 91], [
        ...row(91, { 18: 2 }).map((value) => value || -8),
        ...new Array(91).fill(-8),
      ]),
    ],
    boxes: [[8, 6, 24, 10]],
    classes: ["class 18"],
  },
  "YOLOv8 with its boxes in rows and in sides": {
    input: { shape: [1, 3, 128, 128] },
    outputs: [
      floats("Identity", [1, 336, 84], rows(336, row(84, { 0: 0.25, 1: 0.25, 2: 0.25, 3: 0.125, 20: 0.75 }))),
    ],
    answers: { fit: "stretch" },
    boxes: [[8, 6, 24, 10]],
    classes: ["dog"],
  },
  "torchvision's Mask R-CNN": {
    input: { shape: [3, 32, 32] },
    outputs: [
      floats("boxes", [2, 4], rows(2, [4, 4, 12, 10])),
      integers("labels", [2], [18, 1]),
      floats("scores", [2], [0.75, 0]),
      floats("masks", [2, 1, 28, 28], [0.5]),
    ],
    boxes: [[8, 4, 24, 10]],
    classes: ["dog"],
  },
  "DETR of Hugging Face with its mask of padding": {
    companions: [{ name: "pixel_mask", elementType: "int64", shape: ["batch", "height", "width"] }],
    outputs: [
      floats("logits", [1, 2, 3], [0, 3, 0, 0, 0, 9]),
      floats("pred_boxes", [1, 2, 4], rows(2, [0.25, 0.25, 0.25, 0.125])),
    ],
    answers: CAT_AND_DOG,
    boxes: [[8, 6, 24, 10]],
    classes: ["dog"],
  },
  "Darknet's YOLOv4: boxes with an axis for nothing": {
    outputs: [
      floats("boxes", [1, 3, 1, 4], rows(3, [0.125, 0.125, 0.375, 0.25], [0, 0, 1, 1], [0, 0, 1, 1])),
      floats("confs", [1, 3, 2], rows(3, [0, 0.75])),
    ],
    answers: CAT_AND_DOG,
    boxes: [[8, 4, 24, 8]],
    classes: ["dog"],
  },
};

for (const [name, { answers = {}, boxes, classes, ...parts }] of Object.entries(DETECTORS)) {
  Deno.test(`objects lie where they are: ${name}`, async () => {
    const adoption = await adoptedBytes(foreignModel(parts), answers);
    const { detect } = await predicted(adoption);
    const found = [...detect!.boxes];
    assert.equal(
      found.length,
      boxes!.flat().length,
      JSON.stringify(adoption.findings.map(({ text }) => text)),
    );
    boxes!.flat().forEach((side, at) => assert.ok(Math.abs(side - found[at]) < 1e-4, `${found}`));
    const names = adoption.model.labels.detect!.map((label) => label.name);
    assert.deepEqual([...detect!.classes].map((label) => names[label]), classes);
  });
}

Deno.test("graphs that scale boxes by a size that they are given get the size of their input", async () => {
  const values = Float32Array.from([0.125, 0.25, 0.375, 0.5]);
  const constant = (name: string, elementType: "float32" | "int64", shape: number[], data: Uint8Array) => ({
    ...{ name, elementType, shape, data },
  });
  const bytes = encodeOnnx({
    ...{ irVersion: 9, opsets: { "": 20 }, producer: "test", metadata: {} },
    graph: {
      name: "g",
      nodes: [
        node("Cast", ["orig_target_sizes"], "sizes", { to: { type: "int", value: 1 } }),
        node("Concat", ["sizes", "sizes"], "scale", { axis: { type: "int", value: 1 } }),
        node("Mul", ["shares", "scale"], "boxes"),
        node("Identity", ["labels.values"], "labels"),
        node("Identity", ["scores.values"], "scores"),
      ],
      initializers: [
        constant("shares", "float32", [1, 1, 4], new Uint8Array(values.buffer)),
        constant("labels.values", "int64", [1, 1], new Uint8Array(new BigInt64Array([1n]).buffer)),
        constant("scores.values", "float32", [1, 1], new Uint8Array(new Float32Array([0.75]).buffer)),
      ],
      inputs: [
        { name: "images", elementType: "float32", shape: ["N", 3, 64, 32] },
        { name: "orig_target_sizes", elementType: "int64", shape: ["N", 2] },
      ],
      outputs: [
        { name: "labels", elementType: "int64" },
        { name: "boxes", elementType: "float32" },
        { name: "scores", elementType: "float32" },
      ],
    },
  });
  const adoption = await adoptedBytes(bytes, CAT_AND_DOG);
  const { detect } = await predicted(adoption);
  assert.deepEqual([...detect!.boxes], [8, 8, 24, 16]);
  assert.deepEqual([...detect!.classes], [1], "labels are counted from 0");
});
