/**
 * 1×1 convolutions that run before the upsampling that feeds them. Both are linear, and the weights of an interpolation
 * add up to one, so the result is the same; before, there are fewer cells to convolve, and after, fewer channels to
 * enlarge.
 */
import type { Graph, Layer } from "./graph.ts";
import { onlyReaders } from "./only_reader.ts";

/** Finds upsamplings that are worth it, each with its convolution. */
export function earlyConvolutions(graph: Graph): ReadonlyMap<Layer, Layer> {
  const onlyReader = onlyReaders(graph);
  // What leaves the graph has to leave it under its own name.
  const returned = new Set(Object.values(graph.outputs).map(({ layer }) => layer));
  const early = new Map<Layer, Layer>();
  for (const layer of graph.layers) {
    const reader = layer.operator.kind === "resize" ? onlyReader(layer) : undefined;
    if (reader && !returned.has(reader) && isNarrowing(reader, layer)) early.set(layer, reader);
  }
  return early;
}

/** Whether a layer is a plain 1×1 convolution to fewer channels of the value of `resize`. */
function isNarrowing({ operator, inputs }: Layer, resize: Layer): boolean {
  if (operator.kind !== "conv" || operator.activation || inputs[0].layer !== resize) return false;
  const { kernel: [height, width], stride, groups, channels } = operator;
  return height === 1 && width === 1 && stride === 1 && groups === 1 && channels < inputs[0].channels;
}
