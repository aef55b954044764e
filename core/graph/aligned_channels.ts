/**
 * Channels that are added so that a depthwise convolution stays in onnxruntime's blocked layout (NCHWc), which takes
 * multiples of four only. Their weights are zero, so nothing that leaves the network changes.
 */
import type { BoundConv } from "./bind.ts";
import type { ConvOperator, Graph, Layer } from "./graph.ts";
import { onlyReaders } from "./only_reader.ts";

/** What the number of channels has to be a multiple of. */
const ALIGNMENT = 4;

/** Channels as a convolution runs, where they are more than its operator says. */
export interface AlignedChannels {
  readonly input: number;
  readonly output: number;
}

type ConvLayer = Layer & { readonly operator: ConvOperator };

/**
 * Finds depthwise convolutions of channels that are no multiple of four between two plain ones, and returns how many
 * channels each of the three runs with. Only where all of the values between them have no other reader.
 */
export function alignChannels(graph: Graph): ReadonlyMap<Layer, AlignedChannels> {
  const { layers } = graph;
  const onlyReader = onlyReaders(graph);
  const scopes = new Map<string, number>();
  for (const { scope } of layers) scopes.set(scope, (scopes.get(scope) ?? 0) + 1);
  // Layers of one scope share their weights, and so their channels.
  const isOwn = (layer: Layer | undefined): layer is ConvLayer =>
    layer?.operator.kind === "conv" && scopes.get(layer.scope) === 1;

  const aligned = new Map<Layer, AlignedChannels>();
  for (const layer of layers) {
    if (!isOwn(layer) || layer.operator.groups === 1) continue;
    const { groups, channels } = layer.operator;
    const before = layer.inputs[0].layer;
    const after = onlyReader(layer);
    if (groups !== channels || channels % ALIGNMENT === 0) continue;
    if (!isOwn(before) || before.operator.groups !== 1 || onlyReader(before) !== layer) continue;
    if (!isOwn(after) || after.operator.groups !== 1) continue;
    const wide = Math.ceil(channels / ALIGNMENT) * ALIGNMENT;
    // It may come after one depthwise convolution and before the next.
    aligned.set(before, { input: aligned.get(before)?.input ?? before.inputs[0].channels, output: wide });
    aligned.set(layer, { input: wide, output: wide });
    aligned.set(after, { input: wide, output: after.operator.channels });
  }
  return aligned;
}

/** What a convolution runs with. */
export interface ConvTensors extends BoundConv {
  /** Of the weight: `[out, in / groups, height, width]`. */
  readonly shape: readonly number[];
  readonly groups: number;
}

/** A convolution with zeros for the channels that were added. */
export function alignConv(
  { weight, bias, shape: [outputs, inputs, ...kernel], groups }: ConvTensors,
  aligned: AlignedChannels,
): ConvTensors {
  const depthwise = groups > 1;
  const shape = [aligned.output, depthwise ? 1 : aligned.input, ...kernel];
  const taps = kernel.reduce((product, length) => product * length, 1);
  const [from, to] = [inputs * taps, shape[1] * taps];
  const wide = new Float32Array(aligned.output * to);
  for (let output = 0; output < outputs; output++) {
    wide.set(weight.subarray(output * from, (output + 1) * from), output * to);
  }
  return {
    weight: wide,
    bias: bias && widened(bias, aligned.output),
    shape,
    groups: depthwise ? aligned.output : 1,
  };
}

function widened(values: Float32Array, length: number): Float32Array {
  const wide = new Float32Array(length);
  wide.set(values);
  return wide;
}
