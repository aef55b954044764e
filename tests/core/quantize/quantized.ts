/** A small network in float and in int8, run on the same noise. */
import { InferenceSession } from "onnxruntime-node";
import {
  bindWeights,
  type Graph,
  GraphBuilder,
  randomWeights,
  toOnnx,
  type Value,
} from "../../../core/graph/mod.ts";
import { decodeOnnx, encodeOnnx, type OnnxModel } from "../../../core/onnx/mod.ts";
import {
  chooseScales,
  exactWeightLimit,
  observedTensors,
  quantizeModel,
  type ScaleOptions,
  TensorObserver,
  unitsOf,
} from "../../../core/quantize/mod.ts";
import { randomNumbers } from "../../../core/random.ts";
import { Session } from "../../../core/session/mod.ts";

/** The network's input, `[1, channels, height, width]`. */
export interface Noise {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Builds a network from `x` to one output, `y`. */
export function networkOf(input: Noise, build: (g: GraphBuilder, x: Value) => Value, seed = 1): OnnxModel {
  const g = new GraphBuilder();
  const graph: Graph = g.finish({ y: build(g, g.tensor("x", input.channels)) });
  return toOnnx(graph, bindWeights(graph, randomWeights(graph, seed), "random weights")).model;
}

/** Noise with channels of very different sizes. */
export function noise(
  { channels, height, width }: Noise,
  seed: number,
): Record<string, { shape: number[]; data: Float32Array }> {
  const random = randomNumbers(seed);
  const cells = height * width;
  const data = Float32Array.from(
    { length: channels * cells },
    (_, i) => (random() + random() + random() - 1.5) * 4 ** (Math.floor(i / cells) % 4 - 1),
  );
  return { x: { shape: [1, channels, height, width], data } };
}

/** The outputs of a model, and of it in int8. */
export interface Compared {
  readonly float: Float32Array;
  readonly int8: Float32Array;
  /** Squared differences as a share of the output's variance. */
  readonly error: number;
  readonly quantized: OnnxModel;
}

/** Quantizes a network on noise and runs both on other noise. */
export async function compared(
  model: OnnxModel,
  input: Noise,
  { isInt8 = () => true, ...options }: ScaleOptions & { readonly isInt8?: (unit: string) => boolean } = {},
): Promise<Compared> {
  const quantized = quantizeModel(model, await planFor(model, input, isInt8, options));
  const given = noise(input, 99);
  const [float, int8] = [await outputOf(model, given), await outputOf(quantized, given)];
  const mean = float.reduce((sum, value) => sum + value, 0) / float.length;
  const error = float.reduce((sum, value, i) => sum + (value - int8[i]) ** 2, 0) /
    float.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { float, int8, error, quantized };
}

/** A plan from four images of noise. */
export async function planFor(
  model: OnnxModel,
  input: Noise,
  isInt8: (unit: string) => boolean = () => true,
  options: ScaleOptions = {},
) {
  const parts = unitsOf(model.graph);
  const tensors = observedTensors(parts);
  const outputs = [...tensors.keys()].filter((name) => name !== "x").map((name) => ({
    name,
    elementType: "float32" as const,
  }));
  const watched = { ...model, graph: { ...model.graph, outputs } };
  const session = await Session.open(encodeOnnx(watched), "watched");
  const observers = new Map<string, TensorObserver>();
  for (let seed = 1; seed <= 4; seed++) {
    const given = noise(input, seed);
    const values = { ...given, ...await session.run(given) };
    for (const [name, { floor }] of tensors) {
      const { shape, data } = values[name];
      const observer = observers.get(name) ?? new TensorObserver(shape[1]);
      observers.set(name, observer);
      observer.add(data as Float32Array, 1, floor);
    }
  }
  await session.close();
  const units = parts.units.filter(({ kind, name }) => kind !== "other" && isInt8(name));
  const weightLimit = await exactWeightLimit();
  return chooseScales(parts, observers, new Set(units.map(({ name }) => name)), { weightLimit, ...options });
}

async function outputOf(model: OnnxModel, given: ReturnType<typeof noise>): Promise<Float32Array> {
  const session = await Session.open(encodeOnnx(model), "network");
  const { y } = await session.run(given);
  await session.close();
  return y.data as Float32Array;
}

/** How often each operator is in a graph as onnxruntime runs it. */
export async function optimizedOperators(model: OnnxModel): Promise<Record<string, number>> {
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    const session = await InferenceSession.create(encodeOnnx(model), {
      optimizedModelFilePath: path,
      graphOptimizationLevel: "all",
      logSeverityLevel: 4,
    });
    await session.release();
    const counts: Record<string, number> = {};
    for (const { operator } of decodeOnnx(await Deno.readFile(path), path).graph.nodes) {
      counts[operator] = (counts[operator] ?? 0) + 1;
    }
    return counts;
  } finally {
    await Deno.remove(path);
  }
}
