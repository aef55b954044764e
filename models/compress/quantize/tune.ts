/**
 * Tuning: convolution after convolution, the weights and biases of eight bits with which the network in int8 so far comes
 * closest to what the float network returns there. The float network is the teacher of each layer, so no labels and no
 * gradients are needed, and what earlier layers do wrong later ones make up for.
 */
import type { OnnxTensor } from "../../../core/onnx/mod.ts";
import {
  attributeInt,
  type Bytes,
  closestWeights,
  floatsOf,
  int8Form,
  isDepthwise,
  MAX_WEIGHT,
  type QuantizationPlan,
  quantizeModel,
  type RoundedConv,
  type Unit,
  type UnitGraph,
} from "../../../core/quantize/mod.ts";
import { TallProducts } from "../adapt/moments.ts";
import type { Feeds } from "./network.ts";
import { takePatches } from "./patches.ts";
import { boundsOf, channelMoments, productMoments } from "./residuals.ts";
import type { FloatModel } from "./source.ts";
import { StagedRun } from "./staged_run.ts";

/** How weights are tuned. */
export interface TuneOptions {
  readonly seed: number;
  /** Ends it early: called before every layer. */
  readonly isOver?: () => boolean;
  /** Ends it within a layer, which is then left as it was. */
  readonly signal?: AbortSignal;
  readonly onLayer?: (done: number, total: number) => void;
}

/** A plan with tuned weights. */
export interface Tuned {
  readonly plan: QuantizationPlan;
  /** How many layers were tuned, and how many could be. */
  readonly layers: number;
  readonly total: number;
}

/** Places of all images together: of matrix products, and of depthwise convolutions, which learn 25 weights at most. */
const PLACES = 8192, DEPTHWISE_PLACES = 2048;

/** Numbers of patches that are held at a time. */
const MAX_NUMBERS = 2 ** 25;

/** Weights of one output that are found together, at most; what reads more keeps its weights. */
const MAX_INPUTS = 2304;

/**
 * Tunes the weights of a plan's convolutions.
 *
 * @throws {BneckError} if onnxruntime cannot run a part of the network
 */
export async function tuneWeights(
  model: Pick<FloatModel, "name" | "onnx" | "parts">,
  plan: QuantizationPlan,
  images: readonly Feeds[],
  { seed, isOver, signal, onLayer }: TuneOptions,
): Promise<Tuned> {
  const { onnx, parts, name } = model;
  const start = int8Form(onnx, plan);
  const layers = parts.units.flatMap((unit) =>
    plan.units.has(unit.name) ? layerOf(unit, parts, start.bytes) ?? [] : []
  );
  const weights = new Map<string, RoundedConv>();
  const float = new StagedRun(onnx, images, new Set(layers.map(({ output }) => output)), name);
  const int8 = new StagedRun(start.model, images, new Set(layers.map(({ bytes }) => bytes.name)), name);
  const products = await TallProducts.open();
  try {
    for (const layer of layers) {
      if (isOver?.() || signal?.aborted) break;
      const current = quantizeModel(onnx, { ...plan, weights });
      const read = await int8.take(current, layer.bytes.name, signal);
      const wanted = await float.take(onnx, layer.output, signal);
      const size = layer.channels * layer.taps;
      const places = Math.min(layer.depthwise ? DEPTHWISE_PLACES : PLACES, Math.floor(MAX_NUMBERS / size));
      const patches = takePatches(layer, read, wanted, places, seed);
      const limit = layer.depthwise ? MAX_WEIGHT : plan.weightLimit ?? MAX_WEIGHT;
      weights.set(layer.unit.name, await tunedLayer(products, layer, patches, limit));
      onLayer?.(weights.size, layers.length);
    }
  } catch (error) {
    // What was tuned before is kept.
    if (!signal?.aborted) throw error;
  } finally {
    await products.close();
  }
  return { plan: { ...plan, weights }, layers: weights.size, total: layers.length };
}

/** A convolution that can be tuned. */
interface Layer {
  readonly unit: Unit;
  readonly node: Unit["nodes"][number];
  readonly bytes: Bytes;
  /** What the float network returns, before the activation. */
  readonly output: string;
  readonly depthwise: boolean;
  readonly kernel: readonly number[];
  readonly taps: number;
  readonly channels: number;
  readonly outputs: number;
  /** As bytes are read without their factors. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

function layerOf(
  unit: Unit,
  parts: UnitGraph,
  bytes: ReadonlyMap<string, Bytes>,
): Layer | undefined {
  const [node] = unit.nodes;
  const [input, weightName, biasName = ""] = node.inputs;
  const read = bytes.get(input);
  if (unit.kind !== "conv" || !read) return undefined;
  const tensor = parts.constants.get(weightName)!;
  const [outputs, perGroup, ...kernel] = tensor.shape;
  const depthwise = isDepthwise(unit, parts);
  const taps = kernel[0] * kernel[1];
  if (!depthwise && ((attributeInt(node, "group") ?? 1) !== 1 || perGroup * taps > MAX_INPUTS)) {
    return undefined;
  }
  return {
    unit,
    node,
    bytes: read,
    output: node.outputs[0],
    depthwise,
    kernel,
    taps,
    channels: depthwise ? outputs : perGroup,
    outputs,
    weight: withFactors(tensor, read.factors, depthwise),
    bias: floatsOf(parts.constants.get(biasName)) ?? new Float32Array(outputs),
  };
}

function withFactors(
  tensor: OnnxTensor,
  factors: Float32Array | undefined,
  depthwise: boolean,
): Float32Array {
  const { shape: [, perGroup, height, width] } = tensor;
  const weight = floatsOf(tensor)!.slice();
  if (!factors) return weight;
  const taps = height * width;
  return weight.map((value, i) => {
    const row = Math.floor(i / taps);
    return value * factors[depthwise ? row : row % perGroup];
  });
}

async function tunedLayer(
  products: TallProducts,
  { unit, depthwise, weight, bias, outputs, taps, bytes: { scale: { scale } } }: Layer,
  patches: ReturnType<typeof takePatches>,
  limit: number,
): Promise<RoundedConv> {
  const bounds = boundsOf(unit.activation);
  if (!depthwise) {
    const moments = await productMoments(products, patches, weight, bias, bounds);
    return closestWeights(moments, weight, bias, scale, limit);
  }
  const found = {
    weight: new Int8Array(weight.length),
    scales: new Float32Array(outputs),
    bias: new Float32Array(outputs),
  };
  for (let channel = 0; channel < outputs; channel++) {
    const own = weight.subarray(channel * taps, (channel + 1) * taps);
    const moments = channelMoments(patches, [channel, outputs], own, bias[channel], bounds);
    const one = closestWeights(moments, own, [bias[channel]], scale, limit);
    found.weight.set(one.weight, channel * taps);
    found.scales[channel] = one.scales[0];
    found.bias[channel] = one.bias[0];
  }
  return found;
}
