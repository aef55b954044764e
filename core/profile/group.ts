import { gmaddsPerSecond, type LayerCost, operatorKind } from "./counting/layer_cost.ts";
import type { LayerLatency } from "./measuring/latency.ts";

/** What a row of a report stands for. */
export type Grouping = "layer" | "block" | "operator" | "stage";

/** A layer with its costs, and its times where it was measured. */
export type AnyRow = LayerCost & Partial<LayerLatency>;

/** Rows that belong together, and their sums. */
export interface RowGroup<Row extends AnyRow = AnyRow> {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly totals: Totals;
}

/** The sums of some rows. Times are absent where nothing was measured. */
export interface Totals {
  readonly parameters: number;
  readonly parametersWithoutBatchNorm: number;
  readonly madds: number;
  readonly activationBytes: number;
  readonly milliseconds?: number;
  readonly layoutMilliseconds?: number;
  readonly share?: number;
  readonly gmaddsPerSecond?: number;
}

/**
 * Groups rows, in the order in which their groups begin.
 *
 * A block is the part of a name up to its first number after the first point or slash: `backbone.block7` of
 * `backbone.block7.se.squeeze`, `features/features.3` of `/features/features.3/block/block.0/Conv`. A stage is
 * a part of the network at one resolution; what a block does at 1×1 in between belongs to the block's. Where names tell
 * nothing of blocks (`Conv_12`, `Relu_13`), a convolution or product and what follows it is one.
 */
export function groupRows<Row extends AnyRow>(rows: readonly Row[], by: Grouping): RowGroup<Row>[] {
  const keys = groupKeys(rows, by);
  return [...Map.groupBy(rows, (_, index) => keys[index])].map(([name, members]) => ({
    name,
    rows: members,
    totals: totals(members),
  }));
}

/** Adds up rows. */
export function totals(rows: readonly AnyRow[]): Totals {
  const sum = (value: (row: AnyRow) => number | undefined) =>
    rows.reduce((total, row) => total + (value(row) ?? 0), 0);
  const counts = {
    parameters: sum((row) => row.parameters),
    parametersWithoutBatchNorm: sum((row) => row.parametersWithoutBatchNorm),
    madds: sum((row) => row.madds),
    activationBytes: sum((row) => row.activationBytes),
  };
  if (rows.every((row) => row.milliseconds === undefined)) return counts;
  const milliseconds = sum((row) => row.milliseconds);
  return {
    ...counts,
    milliseconds,
    layoutMilliseconds: sum((row) => row.layoutMilliseconds),
    share: sum((row) => row.share),
    gmaddsPerSecond: gmaddsPerSecond(counts.madds, milliseconds),
  };
}

function groupKeys(rows: readonly AnyRow[], by: Grouping): string[] {
  switch (by) {
    case "layer":
      return rows.map((row) => row.name);
    case "block":
      return rowBlocks(rows);
    case "operator":
      return rows.map(operatorKind);
    case "stage": {
      const blocks = rowBlocks(rows);
      const resolutions = blockResolutions(rows, blocks);
      const flat = isFlat(rows);
      return rows.map(({ name }, index) => {
        const { parts } = splitName(name);
        const resolution = resolutions[index];
        return parts.length > 1 && !flat ? `${parts[0]} ${resolution}` : resolution;
      });
    }
  }
}

/** The block of every row. */
export function rowBlocks(rows: readonly AnyRow[]): string[] {
  if (!isFlat(rows)) return rows.map((row) => blockName(row.name));
  let block: string | undefined;
  return rows.map((row) => {
    if (block === undefined || (row.madds ?? 0) > 0) block = row.name;
    return block;
  });
}

/** Whether names have no parts: they say nothing of blocks. */
export function isFlat(rows: readonly AnyRow[]): boolean {
  return 2 * rows.filter(({ name }) => splitName(name).parts.length === 1).length > rows.length;
}

/** The block that a layer belongs to, by its name. */
export function blockName(name: string): string {
  const { parts, separator } = splitName(name);
  const numbered = parts.findIndex((part, index) => index > 0 && /\d/.test(part));
  return parts.slice(0, numbered < 0 ? 2 : numbered + 1).join(separator);
}

function splitName(name: string): { parts: string[]; separator: string } {
  const separator = name.includes("/") ? "/" : ".";
  const parts = name.split(separator).filter((part) => part !== "");
  return { parts: parts.length > 0 ? parts : [name], separator };
}

/**
 * The height and width at which each row works: those of its block's last feature map with more than one cell, or in a
 * block without one those of the map before, while there are more to come.
 */
function blockResolutions(rows: readonly AnyRow[], blocks: readonly string[]): string[] {
  const resolutions = new Map<string, string>();
  let last = -1;
  rows.forEach(({ outputShape }, index) => {
    if (outputShape?.length !== 4) return;
    const [, , height, width] = outputShape;
    if (height * width <= 1) return;
    resolutions.set(blocks[index], `${height}×${width}`);
    last = index;
  });
  const flat = isFlat(rows);
  let before: string | undefined;
  return blocks.map((block, index) => {
    const own = resolutions.get(block);
    before = own ?? before;
    return own ?? (flat && index < last ? before : undefined) ?? "1×1";
  });
}
