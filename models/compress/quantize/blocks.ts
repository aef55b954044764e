/** The blocks of a network: what is quantized together or not at all. */
import { blockName } from "../../../core/profile/group.ts";
import { observedTensors, type Unit, type UnitGraph } from "../../../core/quantize/mod.ts";

/** Units of a network that belong together. */
export interface Block {
  readonly name: string;
  /** Those that can run in int8. */
  readonly units: readonly Unit[];
}

/**
 * The blocks that have convolutions, in the order in which they begin.
 *
 * @param isKnown whether the values of a tensor were observed
 */
export function blocksOf(parts: UnitGraph, isKnown: (tensor: string) => boolean): Block[] {
  const wanted = observedTensors(parts);
  const isAble = ({ kind, inputs, before, outputs }: Unit) =>
    kind !== "other" &&
    [...inputs, before, ...outputs].every((tensor) => !wanted.has(tensor) || isKnown(tensor));
  const blocks: Block[] = [];
  for (const [name, members] of Map.groupBy(parts.units, (unit) => blockName(unit.name))) {
    const units = members.filter(isAble);
    if (units.some(({ kind }) => kind === "conv")) blocks.push({ name, units });
  }
  return blocks;
}

/** The names of the units of some blocks. */
export function unitNames(blocks: readonly Block[]): ReadonlySet<string> {
  return new Set(blocks.flatMap(({ units }) => units.map(({ name }) => name)));
}

/** The block that a node belongs to, be it one of the float network or what stands in its place. */
export function nodeBlocks(blocks: readonly Block[]): (node: string) => string | undefined {
  const known = new Map<string, string>();
  for (const { name, units } of blocks) {
    for (const { nodes, before, outputs } of units) {
      for (const node of nodes) known.set(node.name, name);
      for (const tensor of [before, ...outputs]) known.set(tensor, name);
    }
  }
  return (node) => {
    // Nodes in int8 have the name of their tensor and what they do: `NAME.bytes`, `NAME.bytes.01.padded`.
    for (let part = node; part !== ""; part = part.slice(0, Math.max(0, part.lastIndexOf(".")))) {
      const block = known.get(part);
      if (block !== undefined) return block;
    }
    return undefined;
  };
}
