/** Exported files that anyone may have made: whatever computes their outputs, they say that it segments images. */
import { encodeOnnx, type OnnxModel, type OnnxNode, type OnnxTensor } from "../../core/onnx/mod.ts";
import { SEGMENTATION_DECODER } from "../../heads/mod.ts";
import { EVERY_SIZE } from "../../models/input_size.ts";
import { writeMetadata } from "../../models/metadata.ts";

/** What makes a file different from a sound one. */
export interface HostileParts {
  readonly nodes?: readonly Partial<OnnxNode>[];
  readonly constants?: readonly OnnxTensor[];
  readonly inputs?: OnnxModel["graph"]["inputs"];
  readonly output?: Partial<OnnxModel["graph"]["outputs"][number]>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A constant `Z`, two classes on a grid of two by two. */
export function logits(
  data: ArrayBufferView,
  elementType: OnnxTensor["elementType"] = "float32",
): OnnxTensor {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { name: "Z", elementType, shape: [1, 2, 2, 2], data: bytes };
}

/** The bytes of a file that segments images into `road` and `sky`; by default every pixel is `road`. */
export function hostileModel(parts: HostileParts = {}): Uint8Array<ArrayBuffer> {
  const node: OnnxNode = {
    name: "copy",
    operator: "Identity",
    domain: "",
    inputs: ["Z"],
    outputs: ["segment.logits"],
    attributes: {},
  };
  const metadata = writeMetadata({
    name: "streets",
    summary: "streets",
    input: "image",
    tasks: {
      segment: {
        head: SEGMENTATION_DECODER,
        labels: [{ name: "road", color: [1, 2, 3] }, { name: "sky", color: [4, 5, 6] }],
      },
    },
    inputSize: { kind: "shorter", pixels: 32 },
    sizeGrid: EVERY_SIZE,
    filter: "bilinear",
    licence: "MIT",
    source: "here",
    preprocessing: "none",
  });
  return encodeOnnx({
    irVersion: 9,
    opsets: { "": 20 },
    producer: "test",
    graph: {
      name: "g",
      nodes: (parts.nodes ?? [{}]).map((given) => ({ ...node, ...given })),
      initializers: parts.constants ?? [logits(new Float32Array(8))],
      inputs: parts.inputs ?? [{ name: "image", elementType: "uint8", shape: [1, "h", "w", 3] }],
      outputs: [{ name: "segment.logits", elementType: "float32", ...parts.output }],
    },
    metadata: { ...metadata, ...parts.metadata },
  }) as Uint8Array<ArrayBuffer>;
}
