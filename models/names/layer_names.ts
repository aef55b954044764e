import type { Graph } from "../../core/graph/mod.ts";

/** What a source calls a layer: the prefixes of its parameters' names. */
export interface LayerNames {
  /** Of the convolution's (or linear layer's) `weight` and `bias`. */
  readonly conv: string;
  /** Of its BatchNorm's `weight`, `bias`, `running_mean` and `running_var`. */
  readonly batchNorm?: string;
}

/** What a source calls the layers of a network, by the prefix of our parameters' names. */
export type LayerNameMap = ReadonlyMap<string, LayerNames>;

/** How a project names the parameters of its networks. */
export interface NamingScheme {
  /** Whose names they are, for messages: `torchvision`. */
  readonly project: string;
  /** Parameters that every file with these names has, and that together no other file has. */
  readonly marks: readonly string[];
  /** Names for every layer of a network that has parameters. */
  nameLayers(graph: Graph): LayerNameMap;
  /** Parameters that a file may hold beyond those of the network: what only training needs. */
  readonly unused?: RegExp;
}

/** Translates the names of our parameters into those of a source; `undefined` where it has no name for one. */
export function translator(layers: LayerNameMap): (parameter: string) => string | undefined {
  return (parameter) => {
    const [, scope, batchNorm, part] = parameter.match(/^(.+?)(\.batch_norm)?\.([^.]+)$/) ?? [];
    const names = layers.get(scope);
    const prefix = batchNorm ? names?.batchNorm : names?.conv;
    return prefix && `${prefix}.${part}`;
  };
}
