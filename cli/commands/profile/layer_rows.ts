/** The rows of a network's report: layers with sub-totals, or groups of them, and what is no layer's. */
import type { Shape } from "../../../core/graph/mod.ts";
import {
  blockName,
  type Grouping,
  groupRows,
  type Latency,
  type LayerCost,
  type LayerLatency,
  type NetworkCosts,
  operatorText,
} from "../../../core/profile/mod.ts";
import type { ProfileFlags } from "./flags.ts";

/** A row, whatever it stands for. Times include changes of layout. */
export interface ReportRow {
  readonly kind: "layer" | "group" | "others" | "unattributed" | "overhead" | "total";
  readonly name: string;
  /** The block that a layer belongs to. */
  readonly block?: string;
  readonly operator?: string;
  readonly output?: Shape;
  /** How many layers a row sums up. */
  readonly layers?: number;
  readonly parameters?: number;
  readonly parametersWithoutBatchNorm?: number;
  /** What is counted; see `uncounted`. */
  readonly madds?: number;
  /** Layers whose operators are not counted. */
  readonly uncounted?: number;
  readonly activationBytes?: number;
  readonly milliseconds?: number;
  /** The part of `milliseconds` that went into changes of layout before the layer. */
  readonly layoutMilliseconds?: number;
  /** The part of the whole, from 0 to 1. */
  readonly share?: number;
  readonly gmaddsPerSecond?: number;
  /** The layer that this one ran inside of. */
  readonly fusedInto?: string;
}

/** What was counted, with times where it was measured. */
export type Measured = NetworkCosts | Latency;

/** Which rows there are to be. */
export type RowChoice = Pick<ProfileFlags, "by" | "sort" | "top">;

/** Whether a result has times. */
export function isLatency(measured: Measured): measured is Latency {
  return "overheadMilliseconds" in measured;
}

/** The rows of a network in the order in which they are printed, the total last. */
export function reportRows(measured: Measured, { by = "layer", sort, top }: RowChoice): ReportRow[] {
  const groups = by === "layer" ? [] : groupsOf(measured.rows, by === "op" ? "operator" : by);
  const flat = by === "layer" ? measured.rows.map(layerRow) : groups;
  const isRanked = sort !== undefined || top !== undefined;
  const rows = isRanked
    ? topRows(sortRows(flat, sort ?? (isLatency(measured) ? "ms" : "madds")), top)
    : by === "layer"
    ? withSubtotals(measured.rows)
    : groups;
  return [...rows, ...remainder(measured), totalRow(measured)];
}

/** The rows that add up to the whole: no sub-totals and no total. */
export function addends(rows: readonly ReportRow[], by: RowChoice["by"] = "layer"): ReportRow[] {
  return rows.filter(({ kind }) => kind !== "total" && (by !== "layer" || kind !== "group"));
}

/** A layer as a row. */
export function layerRow(row: LayerCost & Partial<LayerLatency>): ReportRow {
  const { milliseconds, layoutMilliseconds = 0 } = row;
  return {
    kind: "layer",
    name: row.name,
    block: blockName(row.name),
    operator: operatorText(row),
    output: row.outputShape,
    layers: 1,
    parameters: row.parameters,
    parametersWithoutBatchNorm: row.parametersWithoutBatchNorm,
    madds: row.madds,
    uncounted: row.madds === undefined ? 1 : 0,
    activationBytes: row.activationBytes,
    fusedInto: row.fusedInto,
    ...(milliseconds === undefined ? {} : {
      milliseconds: milliseconds + layoutMilliseconds,
      layoutMilliseconds,
      share: row.share,
      gmaddsPerSecond: row.gmaddsPerSecond,
    }),
  };
}

/** Groups of layers as rows, in the order of the network. */
export function groupsOf(rows: Measured["rows"], by: Grouping): ReportRow[] {
  return groupRows(rows, by).map(({ name, rows: members, totals }): ReportRow => ({
    kind: "group",
    name,
    layers: members.length,
    parameters: totals.parameters,
    parametersWithoutBatchNorm: totals.parametersWithoutBatchNorm,
    madds: totals.madds,
    uncounted: members.filter((row) => row.madds === undefined).length,
    activationBytes: totals.activationBytes,
    ...(totals.milliseconds === undefined ? {} : {
      milliseconds: totals.milliseconds + (totals.layoutMilliseconds ?? 0),
      layoutMilliseconds: totals.layoutMilliseconds,
      share: totals.share,
      gmaddsPerSecond: totals.gmaddsPerSecond,
    }),
  }));
}

/** Every block of several layers is followed by them. */
function withSubtotals(rows: Measured["rows"]): ReportRow[] {
  const layers = Map.groupBy(rows, (row) => blockName(row.name));
  return groupsOf(rows, "block").flatMap((block) => {
    const members = layers.get(block.name)!.map(layerRow);
    return members.length > 1 ? [block, ...members] : members;
  });
}

function sortRows(rows: readonly ReportRow[], column: NonNullable<ProfileFlags["sort"]>): ReportRow[] {
  const value = (row: ReportRow): number => {
    switch (column) {
      case "params":
        return row.parameters ?? -1;
      case "madds":
        return row.madds ?? -1;
      case "activation":
        return row.activationBytes ?? -1;
      case "ms":
        return row.milliseconds ?? -1;
      case "gmadds":
        return row.gmaddsPerSecond ?? -1;
    }
  };
  return rows.toSorted((left, right) => value(right) - value(left));
}

/** The first rows, and all others as one, so that the table still adds up. */
function topRows(rows: readonly ReportRow[], count = Infinity): readonly ReportRow[] {
  const rest = rows.slice(count);
  if (rest.length === 0) return rows;
  const sum = (value: (row: ReportRow) => number | undefined) =>
    rest.reduce((total, row) => total + (value(row) ?? 0), 0);
  const madds = sum((row) => row.madds);
  const milliseconds = sum((row) => row.milliseconds);
  const layoutMilliseconds = sum((row) => row.layoutMilliseconds);
  const own = milliseconds - layoutMilliseconds;
  return [...rows.slice(0, count), {
    kind: "others",
    name: rest.length === 1 ? "1 other" : `${rest.length} others`,
    layers: sum((row) => row.layers),
    parameters: sum((row) => row.parameters),
    parametersWithoutBatchNorm: sum((row) => row.parametersWithoutBatchNorm),
    madds,
    uncounted: sum((row) => row.uncounted),
    activationBytes: sum((row) => row.activationBytes),
    ...(rest[0].milliseconds === undefined ? {} : {
      milliseconds,
      layoutMilliseconds,
      share: sum((row) => row.share),
      gmaddsPerSecond: madds > 0 && own > 0 ? madds / own / 1e6 : undefined,
    }),
  }];
}

/** What belongs to no layer. */
function remainder(measured: Measured): ReportRow[] {
  if (!isLatency(measured)) return [];
  const { unattributedMilliseconds, overheadMilliseconds, milliseconds } = measured;
  const rows: ReportRow[] = [];
  if (unattributedMilliseconds > 0) {
    rows.push({
      kind: "unattributed",
      name: "unknown kernels",
      milliseconds: unattributedMilliseconds,
      share: unattributedMilliseconds / milliseconds,
    });
  }
  rows.push({
    kind: "overhead",
    name: "session overhead",
    milliseconds: overheadMilliseconds,
    share: overheadMilliseconds / milliseconds,
  });
  return rows;
}

function totalRow(measured: Measured): ReportRow {
  return {
    kind: "total",
    name: "total",
    layers: measured.rows.length,
    parameters: measured.parameters,
    parametersWithoutBatchNorm: measured.parametersWithoutBatchNorm,
    madds: measured.madds,
    uncounted: measured.rows.filter((row) => row.madds === undefined).length,
    activationBytes: measured.activationBytes,
    ...(isLatency(measured)
      ? {
        milliseconds: measured.milliseconds,
        layoutMilliseconds: measured.layoutMilliseconds,
        share: 1,
        gmaddsPerSecond: measured.madds > 0 ? measured.madds / measured.milliseconds / 1e6 : undefined,
      }
      : {}),
  };
}
