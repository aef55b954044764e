import type { Graph, Layer } from "./graph.ts";

/** For a layer whose value a single other layer reads, and nobody outside the graph: that layer. */
export function onlyReaders({ layers, outputs }: Graph): (layer: Layer) => Layer | undefined {
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
