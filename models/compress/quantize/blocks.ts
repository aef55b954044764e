/** The blocks of a network: what is quantised together or not at all. */
import { blockName } from "../../../core/profile/group.ts";
import type { Unit, UnitGraph } from "../../../core/quantize/mod.ts";

/** Units of a network that belong together. */
export interface Block {
  readonly name: string;
  /** Those that can run in int8. */
  readonly units: readonly Unit[];
}

/** The blocks that have convolutions, in the order in which they begin. */
export function blocksOf({ units }: UnitGraph): Block[] {
  const blocks: Block[] = [];
  for (const [name, members] of Map.groupBy(units, (unit) => blockName(unit.name))) {
    const able = members.filter(({ kind }) => kind !== "other");
    if (able.some(({ kind }) => kind === "conv")) blocks.push({ name, units: able });
  }
  return blocks;
}

/** The names of the units of some blocks. */
export function unitNames(blocks: readonly Block[]): ReadonlySet<string> {
  return new Set(blocks.flatMap(({ units }) => units.map(({ name }) => name)));
}
