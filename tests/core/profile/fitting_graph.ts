import type fc from "fast-check";
import { inferShapes } from "../../../core/graph/mod.ts";
import { type RandomGraph, randomGraph } from "../graph/random_graph.ts";

/** Random graphs that do not ask for more than their input has. */
export const fittingGraph: fc.Arbitrary<RandomGraph> = randomGraph.filter(({ graph, input }) => {
  try {
    return inferShapes(graph, input).size > 0;
  } catch {
    return false;
  }
});
