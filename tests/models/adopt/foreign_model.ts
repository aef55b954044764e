/** ONNX files as others export them: whatever the image is, they return what a test says. */
import { encodeOnnx, type OnnxModel, type OnnxTensor } from "../../../core/onnx/mod.ts";

/** An output with its values. */
export interface ForeignOutput {
  readonly name: string;
  readonly shape: readonly number[];
  /** Its numbers; all the same one if there is only one. */
  readonly values: readonly number[];
  /** @default {"float32"} */
  readonly elementType?: "float32" | "float16" | "int64" | "int32";
}

/** What a file takes, returns and says of itself. */
export interface ForeignParts {
  /** @default {images: float32 [1, 3, 32, 32]} */
  readonly input?: Partial<OnnxModel["graph"]["inputs"][number]>;
  readonly outputs: readonly ForeignOutput[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Inputs beside the image. */
  readonly companions?: OnnxModel["graph"]["inputs"];
}

/** The bytes of such a file. */
export function foreignModel(
  { input, outputs, metadata = {}, companions = [] }: ForeignParts,
): Uint8Array<ArrayBuffer> {
  return encodeOnnx({
    irVersion: 9,
    opsets: { "": 20 },
    producer: "test",
    graph: {
      name: "g",
      nodes: outputs.map(({ name }) => ({
        name,
        operator: "Identity",
        domain: "",
        inputs: [`${name}.values`],
        outputs: [name],
        attributes: {},
      })),
      initializers: outputs.map(constant),
      inputs: [{ name: "images", elementType: "float32", shape: [1, 3, 32, 32], ...input }, ...companions],
      outputs: outputs.map(({ name, elementType = "float32" }) => ({ name, elementType })),
    },
    metadata,
  });
}

function constant({ name, shape, values, elementType = "float32" }: ForeignOutput): OnnxTensor {
  const length = shape.reduce((product, size) => product * size, 1);
  const data = Array.from({ length }, (_, index) => values[values.length === 1 ? 0 : index]);
  const array = elementType === "int64"
    ? BigInt64Array.from(data, BigInt)
    : elementType === "int32"
    ? Int32Array.from(data)
    : elementType === "float16"
    ? Float16Array.from(data)
    : Float32Array.from(data);
  return { name: `${name}.values`, elementType, shape, data: new Uint8Array(array.buffer) };
}

/** The metadata of ultralytics for two classes. */
export const ULTRALYTICS = {
  names: "{0: 'cat', 1: 'dog\\'s bone'}",
  task: "detect",
  stride: "32",
  imgsz: "[32, 32]",
  license: "AGPL-3.0",
} as const;

/** YOLOv8's output for two classes: one box of the second, in the middle, eight pixels wide and high. */
export const ONE_BOX: ForeignOutput = {
  name: "output0",
  shape: [1, 6, 8],
  values: [16, 16, 8, 8, 0, 0.75].flatMap((value) => [value, 0, 0, 0, 0, 0, 0, 0]),
};

/** YOLOv8's output for two classes and two prototypes: the box of {@linkcode ONE_BOX}, its mask the second. */
export const ONE_MASK: ForeignOutput = {
  name: "output0",
  shape: [1, 8, 9],
  values: [16, 16, 8, 8, 0, 0.75, 0, 1].flatMap((value) => [value, ...new Array(8).fill(0)]),
};

/** The second is 1 in the right half and −1 in the left. */
export const TWO_PROTOTYPES: ForeignOutput = {
  name: "output1",
  shape: [1, 2, 2, 2],
  values: [0, 0, 0, 0, -1, 1, -1, 1],
};
