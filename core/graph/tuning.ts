/**
 * What can be computed in another way with the same result because onnxruntime runs it faster. `to_onnx.ts` applies what
 * is found here; the graph itself and everything counted from it stay as built.
 */
import type { BoundConv } from "./bind.ts";
import { type ConvOperator, type Extent, type Graph, graphInputs, type Layer } from "./graph.ts";
import { inferShapes } from "./shapes.ts";

/** onnxruntime's blocked layout (NCHWc) takes depthwise convolutions only of multiples of so many channels. */
const ALIGNMENT = 4;

/** The channels that a convolution runs with, where they are more than its operator says. */
export interface AlignedChannels {
  readonly input: number;
  readonly output: number;
}

type ConvLayer = Layer & { readonly operator: ConvOperator };

/**
 * Finds depthwise convolutions whose channels are not a multiple of four, each between two plain convolutions, and
 * returns the channels that each of the three runs with. The weights of added channels are zero, so results do not
 * change. Only where nothing else reads the values between them.
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
    // `before` may also be the `after` of another depthwise convolution.
    aligned.set(before, { input: aligned.get(before)?.input ?? before.inputs[0].channels, output: wide });
    aligned.set(layer, { input: wide, output: wide });
    aligned.set(after, { input: wide, output: after.operator.channels });
  }
  return aligned;
}

/** The tensors of a convolution as it runs. */
export interface ConvTensors extends BoundConv {
  /** Of the weight: `[out, in / groups, height, width]`. */
  readonly shape: readonly number[];
  readonly groups: number;
}

/** A convolution with zeros for the added channels. */
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

/**
 * Finds 1×1 convolutions that can run before the upsampling they read, and returns that upsampling for each. Both are
 * linear and the weights of an interpolation sum to one, so the result is the same; there are fewer cells to convolve, and
 * fewer channels to enlarge.
 */
export function earlyConvolutions(graph: Graph): ReadonlyMap<Layer, Layer> {
  const onlyReader = onlyReaders(graph);
  // An output of the graph must keep its name.
  const returned = new Set(Object.values(graph.outputs).map(({ layer }) => layer));
  const early = new Map<Layer, Layer>();
  for (const layer of graph.layers) {
    const reader = layer.operator.kind === "resize" ? onlyReader(layer) : undefined;
    if (reader && !returned.has(reader) && isNarrowing(reader, layer)) early.set(layer, reader);
  }
  return early;
}

/** Whether a layer is a plain 1×1 convolution of the value of `resize` to fewer channels. */
function isNarrowing({ operator, inputs }: Layer, resize: Layer): boolean {
  if (operator.kind !== "conv" || operator.activation || inputs[0].layer !== resize) return false;
  const { kernel: [height, width], stride, groups, channels } = operator;
  return height === 1 && width === 1 && stride === 1 && groups === 1 && channels < inputs[0].channels;
}

/**
 * Finds products of a feature map with one value per channel (the gates of squeeze-and-excitation) and returns the height
 * and width of each map. onnxruntime multiplies maps of one shape in its blocked layout, but leaves that layout for a
 * product with a single cell: enlarging the gate saves two passes over the map. The size must be known for it.
 *
 * @param size the height and width of the network's input, in pixels
 */
export function gatedMaps(graph: Graph, [height, width]: Extent): ReadonlyMap<Layer, Extent> {
  const given = graphInputs(graph).map(({ operator: { name, elementType, channels } }) =>
    [name, elementType === "uint8" ? [1, height, width, channels] : [1, channels, height, width]] as const
  );
  const shapes = inferShapes(graph, { shapes: Object.fromEntries(given), size: [height, width] });
  const maps = new Map<Layer, Extent>();
  for (const layer of graph.layers) {
    if (layer.operator.kind !== "multiply") continue;
    const [map, gate] = layer.inputs.map((value) => shapes.get(value.layer)!.slice(2));
    const isGate = gate.length === 2 && gate.every((length) => length === 1);
    if (isGate && map.some((length) => length > 1)) maps.set(layer, [map[0], map[1]]);
  }
  return maps;
}

/** For a layer whose value is read by a single other layer, and is not an output of the graph: that layer. */
function onlyReaders({ layers, outputs }: Graph): (layer: Layer) => Layer | undefined {
  const readers = new Map<Layer, Layer[]>();
  for (const layer of layers) {
    for (const { layer: input } of layer.inputs) readers.set(input, [...readers.get(input) ?? [], layer]);
  }
  const returned = new Set(Object.values(outputs).map(({ layer }) => layer));
  return (layer) => {
    const [reader, ...others] = readers.get(layer) ?? [];
    return others.length === 0 && !returned.has(layer) ? reader : undefined;
  };
}
