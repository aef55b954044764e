/** What a latency is added up from: the layers of a network as the runtime runs them, fused ones as one part. */
import { type Graph, type GraphInput, inferShapes, type Layer, layerParameters } from "../graph/mod.ts";
import { elementCount } from "../weights/tensor.ts";

/** A part of a network: a layer with the addition that runs inside it. */
export interface LatencyPart {
  /** The layers that it stands for, by name; the first names it. */
  readonly layers: readonly string[];
  /** What it computes, without its size: `conv 3x3 s2 depthwise relu`. Parts of one kind are compared. */
  readonly kind: string;
  readonly inputChannels: number;
  readonly outputChannels: number;
  /** Height · width · batch. */
  readonly inputCells: number;
  readonly outputCells: number;
  /** Multiply-adds for each output channel, cell and, unless it is depthwise, input channel: kernel height · width. */
  readonly window: number;
  /** Whether each output channel sees one input channel, or the part has no weights at all. */
  readonly channelwise: boolean;
  /** Bytes of its weights. */
  readonly weightBytes: number;
}

/** The parts of a network for one input, in order. */
export interface NetworkParts {
  readonly parts: readonly LatencyPart[];
  /** Bytes of all weights and feature maps: how much of the caches a run takes. */
  readonly traffic: number;
}

/** Nothing runs for these. */
const FREE = new Set(["input", "constant"]);

/**
 * Divides a network into parts.
 *
 * @throws {RangeError} when the network cannot take the input.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { GraphBuilder } from "../graph/mod.ts";
 * import { latencyParts } from "./latency_parts.ts";
 * const g = new GraphBuilder();
 * const stem = g.conv(g.tensor("image", 3), { name: "stem", channels: 16, kernel: 3, stride: 2, activation: "relu" });
 * const { parts } = latencyParts(g.finish({ stem }), { shapes: { image: [1, 3, 64, 64] } });
 * assert.equal(parts[0].kind, "conv 3x3 s2 relu");
 * assert.equal(parts[0].outputCells, 32 * 32);
 * ```
 */
export function latencyParts(graph: Graph, input: GraphInput): NetworkParts {
  const shapes = inferShapes(graph, input);
  const fused = fusedAdditions(graph);
  const hosts = new Map([...fused].map(([add, host]) => [host, add]));
  const parts: LatencyPart[] = [];
  let traffic = 0;
  for (const layer of graph.layers) {
    const output = shapes.get(layer)!;
    if (!FREE.has(layer.operator.kind)) traffic += 4 * elementCount(output);
    if (FREE.has(layer.operator.kind) || fused.has(layer)) continue;
    const add = hosts.get(layer);
    const part = partOf(layer, add, layer.inputs.map((value) => shapes.get(value.layer)!), output);
    traffic += part.weightBytes;
    parts.push(part);
  }
  return { parts, traffic };
}

/** Additions that run inside of the convolution before them: it must have no activation and no other reader. */
function fusedAdditions({ layers, outputs }: Graph): Map<Layer, Layer> {
  const readers = new Map<Layer, number>();
  for (const layer of layers) {
    for (const { layer: read } of layer.inputs) readers.set(read, (readers.get(read) ?? 0) + 1);
  }
  for (const { layer } of Object.values(outputs)) readers.set(layer, (readers.get(layer) ?? 0) + 1);
  const fused = new Map<Layer, Layer>();
  for (const layer of layers) {
    if (layer.operator.kind !== "add") continue;
    const host = layer.inputs.map((value) => value.layer).find(({ operator }) =>
      operator.kind === "conv" && operator.activation === undefined
    );
    if (host && readers.get(host) === 1) fused.set(layer, host);
  }
  return fused;
}

function partOf(
  layer: Layer,
  add: Layer | undefined,
  inputs: readonly (readonly number[])[],
  output: readonly number[],
): LatencyPart {
  const { operator, name } = layer;
  const input = inputs[0] ?? output;
  const [inputCells, outputCells] = [cells(input), cells(output)];
  const size = {
    layers: add ? [name, add.name] : [name],
    inputChannels: input[1] ?? 1,
    outputChannels: output[1] ?? 1,
    inputCells,
    outputCells,
  };
  if (operator.kind !== "conv") {
    return { ...size, kind: plainKind(layer, inputs), window: 1, channelwise: true, weightBytes: 0 };
  }
  const { kernel: [height, width], stride, dilation, groups, channels, activation } = operator;
  const channelwise = groups > 1 && groups === channels;
  const words = [
    // On single cells it is a product with a matrix, limited by reading the weights.
    outputCells === input[0] ? "linear" : `conv ${height}x${width}`,
    stride > 1 && `s${stride}`,
    dilation > 1 && `d${dilation}`,
    channelwise ? "depthwise" : groups > 1 && `g${groups}`,
    activation,
    add && "add",
  ];
  const weightBytes = 4 * layerParameters(layer)
    .filter(({ role }) => role === "weight" || role === "bias")
    .reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const kind = words.filter(Boolean).join(" ");
  return { ...size, kind, window: height * width, channelwise, weightBytes };
}

function plainKind({ operator }: Layer, inputs: readonly (readonly number[])[]): string {
  switch (operator.kind) {
    case "activation":
      return `activation ${operator.activation}`;
    case "multiply":
      return inputs[1] && cells(inputs[1]) < cells(inputs[0]) ? "multiply by gate" : "multiply";
    case "pool":
      return `pool ${operator.pool} ${operator.kernel.join("x")} s${operator.stride.join("x")}`;
    case "resize":
      return `resize ${operator.factor ?? "to size"}`;
    case "primitive":
      return `primitive ${operator.operator}`;
    default:
      return operator.kind;
  }
}

function cells(shape: readonly number[]): number {
  return (shape[0] ?? 1) * elementCount(shape.slice(2));
}
