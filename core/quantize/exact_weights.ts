/** How large weights of eight bits may be on this processor. */
import { encodeOnnx, type OnnxModel } from "../onnx/mod.ts";
import { Session } from "../session/mod.ts";
import { Int8Nodes, MICROSOFT } from "./int8_nodes.ts";

/** All of a signed byte's, and half of them: two products with a byte then add up to less than 2¹⁵. */
export type WeightLimit = 127 | 63;

let found: Promise<WeightLimit> | undefined;

/**
 * The largest weight with which matrix products are exact. Before AVX-512 VNNI and AVX-VNNI, onnxruntime on x86-64 adds two
 * products of bytes in 16 bits, which saturate ("Quantize ONNX Models" in onnxruntime's documentation: `reduce_range`).
 */
export function exactWeightLimit(): Promise<WeightLimit> {
  return found ??= measure();
}

/** Convolves bytes of 255 with weights of 127: exact sums are twice what saturated ones are. */
async function measure(): Promise<WeightLimit> {
  const [inputs, outputs] = [32, 32];
  const out = new Int8Nodes();
  const one = { scale: 1, zeroPoint: 0 };
  // 32 · 255 · 127, as 254 times the scale.
  const made = { scale: inputs * 255 / 2, zeroPoint: 0 };
  out.add(
    "QLinearConv",
    [
      "x",
      ...out.scale(one),
      out.tensor("w", "int8", [outputs, inputs, 1, 1], new Int8Array(outputs * inputs).fill(127)),
      out.tensor("w.scale", "float32", [], Float32Array.of(1)),
      out.tensor("w.zero", "int8", [], new Int8Array(1)),
      ...out.scale(made),
    ],
    "y",
    { channels_last: { type: "int", value: 1 } },
    MICROSOFT,
  );
  const shape = (channels: number) => [1, 4, 4, channels];
  const model: OnnxModel = {
    irVersion: 9,
    opsets: { "": 20, [MICROSOFT]: 1 },
    producer: "bneck",
    metadata: {},
    graph: {
      name: "saturation",
      nodes: out.nodes,
      initializers: out.constants,
      inputs: [{ name: "x", elementType: "uint8", shape: shape(inputs) }],
      outputs: [{ name: "y", elementType: "uint8", shape: shape(outputs) }],
    },
  };
  const session = await Session.open(encodeOnnx(model), "a product of bytes");
  try {
    const data = new Uint8Array(16 * inputs).fill(255);
    const { y } = await session.run({ x: { shape: shape(inputs), data } });
    return y.data.every((value) => value === 254) ? 127 : 63;
  } finally {
    await session.close();
  }
}
