/** Published networks that found ones are compared with. */
import type { Extent, Graph } from "../../core/graph/mod.ts";
import { findNetwork, networkGraph, PAPER_TABLES } from "../zoo/mod.ts";

/** A published network at the size of a search. */
export interface Reference {
  readonly name: string;
  readonly label: string;
  readonly graph: Graph;
  /** Published top-1 accuracy on ImageNet in percent, where it is published for this size. */
  readonly accuracy?: number;
}

/** MobileNetV3-Large and -Small at their published widths, MobileNetV2, and MnasNet. */
const NAMES: readonly (readonly [name: string, label: string])[] = [
  ["mobilenetv3-large-1.25", "V3-Large 1.25"],
  ["mobilenetv3-large-1.0", "V3-Large"],
  ["mobilenetv3-large-0.75", "V3-Large 0.75"],
  ["mobilenetv3-large-0.5", "V3-Large 0.5"],
  ["mobilenetv3-small-1.25", "V3-Small 1.25"],
  ["mobilenetv3-small-1.0", "V3-Small"],
  ["mobilenetv3-small-0.75", "V3-Small 0.75"],
  ["mobilenetv2-1.0", "V2"],
  ["mobilenetv2-0.35", "V2 0.35"],
  ["mnasnet-a1", "MnasNet-A1"],
  ["mnasnet-small", "MnasNet-small"],
];

/** The references at a size. */
export function referenceNetworks(size: Extent): Reference[] {
  return NAMES.map(([name, label]) => ({
    name,
    label,
    graph: networkGraph(findNetwork(name)!),
    accuracy: publishedAccuracy(name, size),
  }));
}

/** MnasNet-small's own README; the row of the paper's table 3 is of another network. */
const READMES = new Set(["mnasnet-small"]);

function publishedAccuracy(name: string, size: Extent): number | undefined {
  const tables = READMES.has(name) ? ["readmes"] : ["table3", "table9"];
  for (const table of PAPER_TABLES.filter((known) => tables.includes(known.name))) {
    const row = table.rows.find(({ network, size: [height, width] = [224, 224], printed }) =>
      network === name && height === size[0] && width === size[1] && printed.quality !== undefined
    );
    if (row) return row.printed.quality;
  }
  return undefined;
}
