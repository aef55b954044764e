/** How projects name the parameters of their networks, and how those names translate into ours. */
import type { Graph } from "../../core/graph/mod.ts";

/** What a source calls a layer: the prefixes of its parameters' names. */
export interface LayerNames {
  /** Of the convolution's (or linear layer's) `weight` and `bias`. */
  readonly conv: string;
  /** Of its BatchNorm's `weight`, `bias`, `running_mean` and `running_var`. */
  readonly batchNorm?: string;
}

/** A layer, by the prefix of our parameters' names, and what a source calls it. */
export type LayerNameEntry = readonly [scope: string, names: LayerNames];

/** What a source calls the layers of a network, by the prefix of our parameters' names. */
export type LayerNameMap = ReadonlyMap<string, LayerNames>;

/** How a project names the parameters of its networks. */
export interface NamingScheme {
  /** Whose names they are, for messages: `torchvision`. */
  readonly project: string;
  /** Parameters that every file with these names has, and no file with other names has all of. */
  readonly marks: readonly string[];
  /** Names for every layer of a network that has parameters. */
  nameLayers(graph: Graph): LayerNameMap;
  /** Parameters that a file may hold beyond those of the network: what only training needs. */
  readonly unused?: RegExp;
}

/** Our own names, as exported ONNX files have them. */
export const OWN_NAMES: NamingScheme = {
  project: "bneck",
  marks: ["backbone.stem.weight"],
  nameLayers: ({ layers }) =>
    new Map(
      layers
        .filter(({ operator }) => operator.kind === "conv")
        .map(({ scope }) => [scope, { conv: scope, batchNorm: `${scope}.batch_norm` }]),
    ),
};

/** Translates the names of our parameters into those of a source; `undefined` where it has no name for one. */
export function translator(layers: LayerNameMap): (parameter: string) => string | undefined {
  return (parameter) => {
    const [, scope, batchNorm, part] = parameter.match(/^(.+?)(\.batch_norm)?\.([^.]+)$/) ?? [];
    const names = layers.get(scope);
    const prefix = batchNorm ? names?.batchNorm : names?.conv;
    return prefix && `${prefix}.${part}`;
  };
}

/** The layers with parameters of one block of a backbone, in order: `expand`, `depthwise`, `se.squeeze`, … */
export interface Block {
  /** The block's number, from 1. */
  readonly number: number;
  /** The prefix of its layers: `backbone.block7`. */
  readonly scope: string;
  readonly layers: readonly string[];
}

/** The blocks of a network's backbone. */
export function backboneBlocks(graph: Graph): Block[] {
  const blocks = new Map<number, { number: number; scope: string; layers: string[] }>();
  for (const { scope, operator } of graph.layers) {
    const match = operator.kind === "conv" ? scope.match(/^(backbone\.block(\d+))\.(.+)$/) : null;
    if (!match) continue;
    const number = Number(match[2]);
    const block = blocks.get(number) ?? { number, scope: match[1], layers: [] };
    if (!block.layers.includes(match[3])) block.layers.push(match[3]);
    blocks.set(number, block);
  }
  return [...blocks.values()];
}

/**
 * The stage and the place in it of a block, both from 0.
 *
 * @param block its number, from 1.
 * @param repeats the number of blocks of each stage.
 * @throws {RangeError} when the stages have fewer blocks.
 */
export function placeInStages(
  block: number,
  repeats: readonly number[],
): readonly [stage: number, place: number] {
  let place = block - 1;
  for (let stage = 0; stage < repeats.length; stage++) {
    if (place < repeats[stage]) return [stage, place];
    place -= repeats[stage];
  }
  throw new RangeError(`block ${block} of ${block - place - 1}`);
}

/** A convolution and its BatchNorm in a container that numbers them, from `first`. */
export function numbered(container: string, first = 0): LayerNames {
  return { conv: `${container}.${first}`, batchNorm: `${container}.${first + 1}` };
}
