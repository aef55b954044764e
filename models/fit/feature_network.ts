/** The part of a network that does not learn, and the shapes of what it gives. */
import {
  type CutGraph,
  cutGraph,
  type Extent,
  frontier,
  type Graph,
  inferShapes,
  type Layer,
  type Shape,
  shapeOf,
  type Value,
} from "../../core/graph/mod.ts";
import { type FitGeometry, fitGraph, learnsIn } from "./network.ts";
import type { Stage, Tune } from "./recipe.ts";

/** A network cut for its stages. */
export interface FeatureNetwork {
  /** From the image to every feature map that a stage needs: `features.0`, … */
  readonly before: Graph;
  /** Of one sample, `[C, h, w]`. */
  readonly shapes: Readonly<Record<string, Shape>>;
  /** The features that a stage takes, and the rest of the network for it. */
  readonly stages: readonly { readonly features: readonly string[]; readonly after: Graph }[];
}

/** Cuts a network where each stage begins to learn. */
export function featureNetwork(
  geometry: FitGeometry,
  stages: readonly Pick<Stage, "tune">[],
  crop: Extent,
): FeatureNetwork {
  const graph = fitGraph(geometry, "none");
  const all = new Map<Layer, { readonly name: string; readonly value: Value }>();
  const cut = (tune: Tune): { features: string[]; after: Graph } => {
    const cuts = frontier(graph, learnsIn(tune)).map((value) => {
      const known = all.get(value.layer) ?? { name: `features.${all.size}`, value };
      all.set(value.layer, known);
      return [known.name, value] as const;
    });
    return { features: cuts.map(([name]) => name), after: cutGraph(graph, Object.fromEntries(cuts)).after };
  };
  const afters = stages.map(({ tune }) => cut(tune));
  const named = Object.fromEntries([...all.values()].map(({ name, value }) => [name, value]));
  const { before }: Pick<CutGraph, "before"> = cutGraph(graph, named);
  const shapes = inferShapes(before, { shapes: { image: [1, ...crop, 3] } });
  return {
    before,
    shapes: Object.fromEntries(
      Object.entries(named).map(([name, value]) => [name, shapeOf(shapes, value).slice(1)]),
    ),
    stages: afters,
  };
}
