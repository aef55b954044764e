/** Small random graphs, and running them: what property tests of the graph are made of. */
import fc from "fast-check";
import {
  type Activation,
  bindWeights,
  type Extent,
  type Graph,
  GraphBuilder,
  type GraphInput,
  type Padding,
  randomWeights,
  toOnnx,
  type Value,
} from "../../../core/graph/mod.ts";
import { encodeOnnx } from "../../../core/onnx/mod.ts";
import { type NamedTensor, Session, type SessionOptions } from "../../../core/session/mod.ts";

const ACTIVATIONS: readonly (Activation | undefined)[] = [
  undefined,
  "relu",
  "relu6",
  "h-swish",
  "h-sigmoid",
  "sigmoid",
];

const PADDINGS: readonly Padding[] = ["same", "symmetric", "valid"];

/** Adds a layer to a graph; takes its input from the values there are, by a number that may be any. */
type Step = (g: GraphBuilder, values: Value[], name: string) => Value;

const pick = fc.nat(1000);
const extent = (min: number, max: number) => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));

const conv = fc.record({
  at: pick,
  channels: fc.integer({ min: 1, max: 6 }),
  kernel: extent(1, 5),
  stride: fc.integer({ min: 1, max: 3 }),
  dilation: fc.integer({ min: 1, max: 3 }),
  grouping: fc.constantFrom("one", "half", "depthwise"),
  padding: fc.constantFrom(...PADDINGS),
  batchNorm: fc.option(fc.constant({ epsilon: 1e-3 }), { nil: undefined }),
  bias: fc.boolean(),
  activation: fc.constantFrom(...ACTIVATIONS),
}).map(({ at, grouping, ...options }): Step => (g, values, name) => {
  const input = values[at % values.length];
  const groups = grouping === "depthwise"
    ? input.channels
    : grouping === "half" && input.channels % 2 === 0
    ? 2
    : 1;
  const channels = options.channels * groups;
  // Neither TensorFlow nor onnxruntime has a dilated convolution with a stride under "same" padding.
  const dilation = options.padding === "same" && options.stride > 1 ? 1 : options.dilation;
  return g.conv(input, { ...options, name, channels, groups, dilation });
});

const pool = fc.record({
  at: pick,
  pool: fc.constantFrom("max" as const, "average" as const),
  kernel: extent(1, 4),
  stride: extent(1, 3),
  padding: fc.constantFrom(...PADDINGS),
}).map(({ at, ...options }): Step => (g, values, name) => {
  const [y, x] = options.kernel;
  // onnxruntime has no "same" window that is smaller than its stride.
  const stride: Extent = options.padding === "same"
    ? [Math.min(y, options.stride[0]), Math.min(x, options.stride[1])]
    : options.stride;
  return g.pool(name, values[at % values.length], { ...options, stride });
});

const pointwise = fc.record({
  at: pick,
  kind: fc.constantFrom("activation", "scale", "double", "gate", "concat", "mean", "shiftDown"),
  activation: fc.constantFrom(...ACTIVATIONS.filter((activation) => activation !== undefined)),
  factor: fc.constantFrom(0.5, -2, 1.25),
}).map(({ at, kind, activation, factor }): Step => (g, values, name) => {
  const x = values[at % values.length];
  switch (kind) {
    case "activation":
      return g.activation(name, x, activation);
    case "scale":
      return g.scale(name, x, factor);
    case "double":
      return g.add(name, x, x);
    case "gate":
      return g.multiply(name, x, g.globalAveragePool(`${name}.mean`, x));
    case "concat":
      return g.concat(name, [x, g.scale(`${name}.scaled`, x, factor), x]);
    case "mean":
      return g.globalAveragePool(name, x);
    default:
      return g.shiftDown(name, x, Math.abs(factor) / 4);
  }
});

const resize = fc.record({
  at: pick,
  like: pick,
  factor: fc.oneof(fc.constantFrom(undefined, 2, 0.5), fc.double({ min: 0.4, max: 3, noNaN: true })),
  coordinates: fc.constantFrom("half_pixel" as const, "asymmetric" as const, "align_corners" as const),
}).map(({ at, like, factor, coordinates }): Step => (g, values, name) => {
  const target = factor === undefined ? { like: values[like % values.length] } : { factor };
  return g.resize(name, values[at % values.length], target, coordinates);
});

/** A random graph of a few layers with the shape of its input; every layer is an output. */
export interface RandomGraph {
  readonly graph: Graph;
  readonly input: GraphInput;
}

/** Graphs of up to eight layers. */
export const randomGraph: fc.Arbitrary<RandomGraph> = fc.record({
  channels: fc.integer({ min: 1, max: 6 }),
  size: extent(1, 24),
  steps: fc.array(fc.oneof({ weight: 3, arbitrary: conv }, pool, pointwise, resize), {
    minLength: 1,
    maxLength: 8,
  }),
  tail: fc.constantFrom("none", "flatten", "anchorRows", "softmax"),
}).map(({ channels, size, steps, tail }) => {
  const g = new GraphBuilder();
  const values = [g.tensor("input", channels)];
  steps.forEach((step, index) => values.push(step(g, values, `layer${index}`)));
  const last = values[values.length - 1];
  if (tail === "flatten") values.push(g.flatten("tail", last));
  if (tail === "anchorRows") values.push(g.anchorRows("tail", last, last.channels));
  if (tail === "softmax") values.push(g.softmax("tail", last, 1));
  return {
    graph: g.finish(Object.fromEntries(values.slice(1).map((value) => [value.layer.name, value]))),
    input: { shapes: { input: [1, channels, ...size] } },
  };
});

/** Runs a graph with random weights on a random input of `[1, C, height, width]`. */
export async function runGraph(
  graph: Graph,
  channels: number,
  [height, width]: Extent,
  options: SessionOptions = {},
): Promise<Record<string, NamedTensor>> {
  const weights = bindWeights(graph, randomWeights(graph, 1), "random weights");
  const session = await Session.open(encodeOnnx(toOnnx(graph, weights).model), "a random graph", options);
  const data = Float32Array.from({ length: channels * height * width }, (_, i) => Math.sin(i * 12.9898));
  const outputs = await session.run({ input: { shape: [1, channels, height, width], data } });
  await session.close();
  return outputs;
}
