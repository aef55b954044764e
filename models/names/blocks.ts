import type { Graph } from "../../core/graph/mod.ts";
import type { LayerNames } from "./layer_names.ts";

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

/** The stage (from 0) and place in it (from 0) of a block, where stages have so many blocks. */
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
