/**
 * Whether onnxruntime can be loaded and computes correctly.
 *
 * @module
 */
import { encodeOnnx, type OnnxModel } from "../onnx/mod.ts";
import { loadRuntime, Session } from "./session.ts";

/** The state of onnxruntime. */
export type RuntimeFinding =
  | {
    readonly ok: true;
    readonly version: string;
    readonly backends: readonly string[];
    readonly milliseconds: number;
  }
  | { readonly ok: false; readonly error: string };

const INPUT = Float32Array.of(-4, -1, 0, 1, 4);
const VALUES = { elementType: "float32", shape: [INPUT.length] } as const;

/** h-swish, x · hard-sigmoid(x), the activation of MobileNetV3. */
const HARD_SWISH: OnnxModel = {
  irVersion: 9,
  opsets: { "": 20 },
  producer: "bneck",
  metadata: {},
  graph: {
    name: "doctor",
    nodes: [
      {
        name: "gate",
        operator: "HardSigmoid",
        domain: "",
        inputs: ["x"],
        outputs: ["gate"],
        attributes: { alpha: { type: "float", value: 1 / 6 }, beta: { type: "float", value: 0.5 } },
      },
      { name: "product", operator: "Mul", domain: "", inputs: ["x", "gate"], outputs: ["y"], attributes: {} },
    ],
    initializers: [],
    inputs: [{ name: "x", ...VALUES }],
    outputs: [{ name: "y", ...VALUES }],
  },
};

/** Loads onnxruntime, runs a network of two operators and checks the result. */
export async function checkRuntime(): Promise<RuntimeFinding> {
  try {
    const start = performance.now();
    const ort = await loadRuntime();
    const session = await Session.open(encodeOnnx(HARD_SWISH), "the test network");
    const { y } = await session.run({ x: { shape: VALUES.shape, data: INPUT } });
    await session.close();
    const milliseconds = performance.now() - start;
    const off = INPUT.findIndex((x, index) =>
      !(Math.abs(Number(y.data[index]) - x * Math.min(Math.max(x / 6 + 0.5, 0), 1)) < 1e-6)
    );
    if (off >= 0) return { ok: false, error: `h-swish(${INPUT[off]}) returned ${y.data[off]}` };
    return {
      ok: true,
      version: ort.env.versions.node ?? ort.env.versions.common,
      backends: ort.listSupportedBackends().filter(({ bundled }) => bundled).map(({ name }) => name),
      milliseconds,
    };
  } catch (error) {
    return { ok: false, error: (error instanceof Error ? error.message : String(error)).split("\n")[0] };
  }
}
