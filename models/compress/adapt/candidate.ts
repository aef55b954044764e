/** Networks on the way from the original to the one that is fast enough. */
import {
  type BoundConv,
  type BoundWeights,
  type ChannelLayout,
  channelLayout,
  type Graph,
  narrowGraph,
  narrowWeights,
  type ScopedWeights,
} from "../../../core/graph/mod.ts";
import type { Network } from "../../network.ts";

/** A network with some of the original's channels. */
export interface Candidate {
  readonly graph: Graph;
  readonly layout: ChannelLayout;
  readonly weights: ScopedWeights;
  /** The channels of the original that each group still has, in order, by the group's name. */
  readonly kept: ReadonlyMap<string, readonly number[]>;
}

/** The original itself. */
export function originalCandidate({ graph, weights }: Pick<Network, "graph" | "weights">): Candidate {
  const layout = channelLayout(graph);
  const all = (channels: number) => Array.from({ length: channels }, (_, channel) => channel);
  return {
    graph,
    layout,
    weights: new Map([...weights].map(([{ scope }, conv]) => [scope, conv])),
    kept: new Map(layout.groups.map(({ name, channels }) => [name, all(channels)])),
  };
}

/**
 * A candidate with fewer channels in some groups.
 *
 * @param places which of the candidate's channels of a group are kept, in order.
 * @param repaired new weights of some of the candidate's convolutions, for all its channels.
 */
export function narrowed(
  candidate: Candidate,
  places: ReadonlyMap<string, readonly number[]>,
  repaired: ReadonlyMap<string, BoundConv> = new Map(),
): Candidate {
  const graph = narrowGraph(
    candidate.graph,
    new Map([...places].map(([name, { length }]) => [name, length])),
  );
  const weights = new Map([...candidate.weights, ...repaired]);
  const kept = new Map(candidate.kept);
  for (const [name, of] of places) kept.set(name, of.map((place) => candidate.kept.get(name)![place]));
  return {
    graph,
    layout: channelLayout(graph),
    weights: narrowWeights(candidate.layout, weights, places),
    kept,
  };
}

/** The weights of a candidate by its layers. */
export function boundWeights({ graph, weights }: Pick<Candidate, "graph" | "weights">): BoundWeights {
  return new Map(
    graph.layers.filter(({ operator }) => operator.kind === "conv").map((layer) =>
      [layer, weights.get(layer.scope)!] as const
    ),
  );
}

/** The channels of every group of a candidate. */
export function channelsOf({ kept }: Candidate): Map<string, number> {
  return new Map([...kept].map(([name, { length }]) => [name, length]));
}

/** The channels of the original that a convolution of a candidate still makes, in order. */
export function keptOutputs(original: ChannelLayout, { kept }: Candidate, scope: string): number[] {
  let offset = 0;
  return original.convs.get(scope)!.outputs.flatMap(({ group, channels }) => {
    const from = offset;
    offset += channels;
    const own = group === null ? Array.from({ length: channels }, (_, channel) => channel) : kept.get(group)!;
    return own.map((channel) => from + channel);
  });
}

/** A candidate from what is kept of it: channels of the original, and weights. */
export function restored(
  original: Candidate,
  { kept, weights }: Pick<Candidate, "kept" | "weights">,
): Candidate {
  const graph = narrowGraph(original.graph, new Map([...kept].map(([name, { length }]) => [name, length])));
  return { graph, layout: channelLayout(graph), weights, kept };
}
