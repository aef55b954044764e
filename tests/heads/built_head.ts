import { GraphBuilder, graphParameters, inferShapes, shapeOf } from "../../core/graph/mod.ts";
import type { Head } from "../../heads/mod.ts";

/** Builds a head on features of 32 channels at stride 16 and of 12 at stride 8, for 100×260 pixels. */
export function builtHead<S, R>(head: Head<S, R>) {
  const g = new GraphBuilder();
  const graph = g.finish(head.build(g, { high: g.tensor("high", 32), low: g.tensor("low", 12) }));
  const shapes = inferShapes(graph, { shapes: { high: [1, 32, 7, 17], low: [1, 12, 13, 33] } });
  return {
    outputs: Object.fromEntries(
      Object.entries(graph.outputs).map(([name, value]) => [name, shapeOf(shapes, value)]),
    ),
    weights: graphParameters(graph)
      .filter(({ role }) => role === "weight" || role === "bias")
      .map(({ name, shape }) => `${name} [${shape}]`),
  };
}
