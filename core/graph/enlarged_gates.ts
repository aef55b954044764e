/**
 * Gates of squeeze-and-excitation, one value a channel, enlarged to the map that they scale. onnxruntime multiplies maps
 * of one shape in its blocked layout (NCHWc), but leaves that layout for a product with a single cell: two passes
 * over the map that enlarging saves. It takes a map whose size is known.
 */
import { type Extent, type Graph, graphInputs, type Layer } from "./graph.ts";
import { inferShapes } from "./shapes.ts";

/** Finds products of a map with a single cell, each with the height and width of the map. */
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
