/**
 * Zen-score: how strongly an untrained network's features respond to a small change of its input.
 *
 * Lin et al., "Zen-NAS: A Zero-Shot NAS for High-Performance Image Recognition", ICCV 2021, algorithm 1. The network is
 * reduced to convolutions, BatchNorm (of the batch's own statistics) and rectifiers, with weights from N(0, 1); what
 * BatchNorm divides by is added again as logarithms.
 */
import {
  type ConvOperator,
  type Graph,
  type GraphInput,
  inferShapes,
  type Layer,
  layerParameters,
  type Operator,
  type Shape,
  toOnnx,
  type Value,
  withOutputs,
} from "../../core/graph/mod.ts";
import { encodeOnnx, type OnnxAttribute } from "../../core/onnx/mod.ts";
import { namedSeed } from "../../core/random.ts";
import { Session } from "../../core/session/mod.ts";
import { elementCount } from "../../core/weights/mod.ts";
import { gaussianImages, gaussianNumbers, type ScoreOptions } from "./noise.ts";

/** How far the input is changed, in standard deviations (α of the paper). */
const CHANGE = 0.01;

/**
 * The score of a network with random weights, on Gaussian noise.
 *
 * @param graph takes a normalised image (`input`, `[N, 3, H, W]`) and pools its last features.
 * @returns the logarithm of the change, summed over the features, plus those of BatchNorm's deviations.
 * @throws {BneckError} (unusable model) when onnxruntime cannot run it.
 * @throws {RangeError} when the network pools nothing.
 */
export async function zenScore(graph: Graph, options: ScoreOptions): Promise<number> {
  const { batch = 8, seed, size: [height, width], threads = 1 } = options;
  const shape = [batch, 3, height, width];
  const plain = plainNetwork(graph, { shapes: { input: shape } });
  const weights = new Map(
    plain.layers.filter(({ operator }) => operator.kind === "conv").map((layer) => {
      const [{ name, shape }] = layerParameters(layer);
      return [layer, { weight: gaussianNumbers(elementCount(shape), namedSeed(name, seed)) }] as const;
    }),
  );
  const model = encodeOnnx(toOnnx(plain, weights, { tuned: false }).model);
  const session = await Session.open(model, "the network to be scored", { threads });
  try {
    const first = gaussianImages(elementCount(shape), seed);
    const change = gaussianImages(elementCount(shape), seed + 1);
    const second = first.map((value, index) => value + CHANGE * change[index]);
    const outputs = await session.run({ input: { shape, data: first } });
    const changed = await session.run({ input: { shape, data: second } });
    const [before, after] = [outputs, changed].map(({ features }) => features.data as Float32Array);
    let difference = 0;
    for (let i = 0; i < before.length; i++) difference += Math.abs(before[i] - after[i]);
    let score = Math.log(difference / batch);
    for (const [name, { data }] of Object.entries(outputs)) {
      if (name.endsWith(VARIANCE)) score += Math.log(data[0] as number) / 2;
    }
    return score;
  } finally {
    await session.close();
  }
}

/** The name of an output ends so: the mean over channels of the variances that a BatchNorm divides by. */
const VARIANCE = ".variance";

/** The constant of BatchNorm; N(0, 1) weights leave nothing near it. */
const EPSILON = 1e-5;

/** A network without residuals, gates and what follows the last pooling, whose BatchNorm uses the batch's statistics. */
function plainNetwork(graph: Graph, input: GraphInput): Graph {
  const shapes = inferShapes(graph, input);
  const values = new Map<Layer, Value>();
  const layers: Layer[] = [];
  const outputs: Record<string, Value> = {};
  const add: Add = (name, operator, inputs, channels) => {
    const layer: Layer = { name, scope: name, operator, inputs };
    layers.push(layer);
    return { layer, channels };
  };
  let features: Value | undefined;
  for (const layer of graph.layers) {
    const { operator } = layer;
    const [input] = layer.inputs.map((value) => values.get(value.layer)!);
    if (operator.kind === "input") {
      layers.push(layer);
      values.set(layer, { layer, channels: operator.channels });
    } else if (operator.kind === "conv") {
      const { normalised, variance } = plainConv(layer, operator, input, shapes.get(layer)!, add);
      if (operator.batchNorm) outputs[variance.layer.name] = variance;
      values.set(layer, normalised);
    } else {
      // The branch that is added or gated, without what it is added to or multiplied with.
      values.set(layer, input);
      if (operator.kind === "globalAveragePool") features = input;
    }
  }
  if (features === undefined) throw new RangeError("the network pools nothing");
  const used = new Set(withOutputs({ layers }, { features }).layers);
  const own = Object.entries(outputs).filter(([, { layer }]) =>
    layer.inputs.every(({ layer }) => used.has(layer))
  );
  return withOutputs({ layers }, { ...Object.fromEntries(own), features });
}

type Add = (name: string, operator: Operator, inputs: readonly Value[], channels: number) => Value;

/** A convolution, the batch's normalisation and a rectifier, one after another. */
function plainConv(
  { name }: Layer,
  { activation, ...conv }: ConvOperator,
  input: Value,
  shape: Shape,
  add: Add,
) {
  const primitive = (
    operator: string,
    inputs: readonly Value[],
    shape: Shape,
    label = operator,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    integers: readonly (readonly number[])[] = [],
  ) =>
    add(`${name}.${label}`, { kind: "primitive", operator, shape, attributes, integers }, inputs, shape[1]);
  const keep = { keepdims: { type: "int", value: 1 } } as const;
  const perChannel = [1, shape[1], 1, 1];
  const linear = add(name, { ...conv, bias: false, batchNorm: undefined }, [input], shape[1]);
  const axes = [0, 2, 3];
  const mean = primitive("ReduceMean", [linear], perChannel, "mean", keep, [axes]);
  const centred = primitive("Sub", [linear, mean], shape);
  const squares = primitive("Mul", [centred, centred], shape);
  const variances = primitive("ReduceMean", [squares], perChannel, "variances", keep, [axes]);
  const constant: Operator = { kind: "constant", shape: [], data: Float32Array.of(EPSILON) };
  const raised = primitive("Add", [variances, add(`${name}.epsilon`, constant, [], 1)], perChannel);
  const divided = primitive("Div", [centred, primitive("Sqrt", [raised], perChannel)], shape);
  const variance = primitive("ReduceMean", [variances], [1, 1, 1, 1], VARIANCE.slice(1), keep, [[
    0,
    1,
    2,
    3,
  ]]);
  const normalised = activation === undefined
    ? divided
    : add(`${name}.activation`, { kind: "activation", activation }, [divided], shape[1]);
  return { normalised, variance };
}
