/** Damaged and hostile files that claim to be exported models: fewer in the tests, many in `tests/bench/fuzz_weights.ts`. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeOnnx, encodeOnnx, type OnnxModel, type OnnxValueInfo } from "../../core/onnx/mod.ts";
import {
  CLASSIFICATION_DECODER,
  SEGMENTATION_DECODER,
  ssdDecoder,
  torchvisionAnchors,
} from "../../heads/mod.ts";
import { EVERY_SIZE, inputExtent } from "../../models/input_size.ts";
import { readMetadata, writeMetadata } from "../../models/metadata.ts";
import { onnxModel } from "../../models/onnx_model.ts";
import { damaged, type FuzzTarget, tampered } from "../core/weights/fuzz.ts";

/** What an exported file with three heads says about itself. */
const METADATA = writeMetadata({
  name: "three heads",
  summary: "all of them",
  architecture: "mobilenet_v2",
  input: "image",
  tasks: {
    classify: { head: CLASSIFICATION_DECODER, labels: [{ name: "cat", wordNetId: "n02121808" }] },
    segment: { head: SEGMENTATION_DECODER, labels: [{ name: "road", color: [1, 2, 3] }] },
    detect: {
      head: ssdDecoder({ kind: "anchors", anchors: torchvisionAnchors(), candidates: 300, iou: 0.55 }),
      labels: [{ name: "car", categoryId: 3 }],
    },
  },
  inputSize: { kind: "shorter", pixels: 224 },
  sizeGrid: EVERY_SIZE,
  filter: "bilinear",
  licence: "MIT",
  source: "here",
  preprocessing: "none",
});

type Interface = Pick<OnnxModel["graph"], "inputs" | "outputs">;

/** What the graph takes and returns, as the description has it. */
const INTERFACE: Interface = {
  inputs: [
    { name: "image", elementType: "uint8", shape: [1, "h", "w", 3] },
    { name: "size", elementType: "int64", shape: [2] },
  ],
  outputs: [
    { name: "classify.logits", elementType: "float32", shape: [1, 1] },
    { name: "segment.logits", elementType: "float32", shape: [1, 1, "h", "w"] },
    { name: "detect.scores", elementType: "float32", shape: [1, "n", 2] },
    { name: "detect.boxes", elementType: "float32", shape: [1, "n", 4] },
  ],
};

function exported(metadata: Record<string, string>, { inputs, outputs } = INTERFACE): Uint8Array {
  return encodeOnnx({
    irVersion: 9,
    opsets: { "": 20 },
    producer: "bneck",
    graph: { name: "x", nodes: [], initializers: [], inputs, outputs },
    metadata,
  });
}

const anyDimension = fc.constantFrom(-5, -1, 0, 1, 2, 3, 4, 224, 60_000, 2 ** 31, 2 ** 40, 2 ** 53, "", "h");

/** Inputs and outputs of which some are left out, or have other names, types or shapes. */
const anyInterface: fc.Arbitrary<Interface> = fc.record({
  inputs: anyValues(INTERFACE.inputs),
  outputs: anyValues(INTERFACE.outputs),
});

function anyValues(values: readonly OnnxValueInfo[]): fc.Arbitrary<OnnxValueInfo[]> {
  const anyOther = (value: OnnxValueInfo) =>
    fc.record({
      name: fc.constantFrom(value.name, value.name, "", "other", "__proto__"),
      elementType: fc.constantFrom(value.elementType, value.elementType, "float16", "int64", "string"),
      shape: fc.oneof(
        fc.constant(value.shape),
        fc.constant(undefined),
        fc.array(anyDimension, { maxLength: 20 }),
        fc.tuple(...(value.shape ?? []).map((size) => fc.oneof(fc.constant(size), anyDimension))),
      ),
    }) as fc.Arbitrary<OnnxValueInfo>;
  const each = values.map((value) =>
    fc.option(fc.oneof({ weight: 10, arbitrary: fc.constant(value) }, anyOther(value)), { freq: 30 })
  );
  return fc.tuple(...each).map((some) => some.filter((value) => value !== null));
}

const anyLength = fc.constantFrom(0, 0.5, 1, 1.5, 8, 32, 224, 1000, 65_536, 1e9);
const anyAxis = fc.record(
  { step: anyLength, offset: anyLength, rounding: fc.constantFrom("down", "nearest") },
  { requiredKeys: ["step"] },
);

/** Sizes of inputs in the right form, most of them too large, too small or not whole. */
const ANY_SIZES: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  "bneck.input_size": fc.oneof(
    fc.record({ kind: fc.constantFrom("shorter", "longer"), pixels: anyLength }),
    fc.record({ kind: fc.constant("exact"), height: anyLength, width: anyLength }),
  ),
  "bneck.lattice": fc.record({
    height: anyAxis,
    width: anyAxis,
    mostAspect: anyLength,
    crop: fc.tuple(anyLength, anyLength),
  }, {
    requiredKeys: ["height", "width"],
  }),
};

/** Other texts for one of the entries. */
function anyOther(key: string, text: string): fc.Arbitrary<string> {
  if (!/^[{[]/.test(text)) return fc.constantFrom("", "1", "tensor", "bicubic", "\u0000");
  const anyJson = tampered(fc.constant(JSON.parse(text)));
  return fc.oneof(anyJson, ANY_SIZES[key] ?? anyJson).map((json) => JSON.stringify(json));
}

/** Descriptions of which some parts are replaced or left out. */
const anyDescription = fc.tuple(
  fc.record(
    Object.fromEntries(
      Object.entries(METADATA).map((
        [key, text],
      ) => [key, fc.oneof({ weight: 12, arbitrary: fc.constant(text) }, anyOther(key, text))]),
    ),
  ),
  fc.option(fc.constantFrom(...Object.keys(METADATA)), { freq: 3 }),
).map(([description, left]) => {
  const { [left ?? ""]: _, ...rest } = description;
  return rest;
});

/** The reader of exported models. It gives no weights: onnxruntime takes the file as it is. */
export const EXPORTED_MODELS: FuzzTarget = {
  name: "exported model",
  cases: fc.oneof(
    anyDescription.map((metadata) => exported(metadata)),
    anyInterface.map((interface_) => exported(METADATA, interface_)),
    damaged([exported(METADATA)]),
  ),
  read: (bytes) => {
    onnxModel(bytes, "x.onnx");
    const { metadata } = decodeOnnx(bytes, "x.onnx");
    const { inputSize, sizeGrid } = readMetadata(new Map(Object.entries(metadata)), "x.onnx");
    for (const [width, height] of [[640, 480], [1, 100_000], [100_000, 1]]) {
      const extent = inputExtent(inputSize, sizeGrid, width, height);
      assert.ok(extent.every((side) => Number.isSafeInteger(side) && side > 0), `${extent}`);
      assert.ok(extent[0] * extent[1] <= 2 ** 27, `${extent}`);
    }
    return new Map();
  },
};
