/** The rows of a network's report: layers with subtotals, or groups of layers, and the time outside of layers. */
import type { Shape } from "../graph/mod.ts";
import { type Grouping, groupRows, isFlat, rowBlocks } from "./group.ts";
import type { Latency, LayerLatency } from "./measuring/latency.ts";
import { type MachinePeaks, type Roofline, roofline } from "./measuring/peaks.ts";
import { gmaddsPerSecond, type LayerCost, type NetworkCosts, operatorText } from "./counting/layer_cost.ts";

/** A row of a report. Times include changes of memory layout. */
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
  /** The multiply-adds of what is counted; see `uncounted`. */
  readonly madds?: number;
  /** How many layers have an operator that is not counted. */
  readonly uncounted?: number;
  readonly activationBytes?: number;
  readonly milliseconds?: number;
  /** Four of five runs lie between these milliseconds. */
  readonly interval?: readonly [p10: number, p90: number];
  /** The part of `milliseconds` that went into changes of layout before the layer. */
  readonly layoutMilliseconds?: number;
  /** The part of the whole, from 0 to 1. */
  readonly share?: number;
  /** The share of this row and all that add up to the whole above it. */
  readonly cumulativeShare?: number;
  readonly gmaddsPerSecond?: number;
  /** What the layer must read and write at least. */
  readonly movedBytes?: number;
  readonly gigabytesPerSecond?: number;
  /** Where it stands below the roofline, if the machine's peaks are given. */
  readonly roofline?: Roofline;
  /** What really ran. */
  readonly kernels?: string;
  /** The layer that this one ran inside of. */
  readonly fusedInto?: string;
}

/** The columns that rows can be sorted by. */
export type SortColumn = "parameters" | "madds" | "activationBytes" | "milliseconds" | "gmaddsPerSecond";

/** A count, with times where it was measured. */
export type Measured = NetworkCosts | Latency;

/** Which rows a report has. */
export interface RowChoice {
  /** @default {"layer", with subtotals of the blocks} */
  readonly by?: Grouping;
  /** The largest first, without subtotals. */
  readonly sort?: SortColumn;
  /** Only so many of the largest by `sort` (milliseconds, or MAdds where nothing was measured), the rest as one row. */
  readonly top?: number;
  /** The machine's best rates, to compare layers with. */
  readonly peaks?: MachinePeaks;
}

/** Whether a result has times. */
export function isLatency<Timed extends Latency>(measured: NetworkCosts | Timed): measured is Timed {
  return "overheadMilliseconds" in measured;
}

/** The rows of a network in the order of a report, the total last. */
export function reportRows(measured: Measured, choice: RowChoice = {}): ReportRow[] {
  const rows = rowsInOrder(measured, choice);
  const counted = new Set(addends(rows, choice.by));
  let sum = 0;
  return rows.map((row) =>
    row.share === undefined || !counted.has(row) ? row : { ...row, cumulativeShare: sum += row.share }
  );
}

function rowsInOrder(measured: Measured, { by = "layer", sort, top, peaks }: RowChoice): ReportRow[] {
  const remainder = [...rowsOutsideLayers(measured), totalRow(measured)];
  if (sort === undefined && top === undefined) {
    return [
      ...by === "layer" ? withSubtotals(measured.rows, peaks) : groupsOf(measured.rows, by),
      ...remainder,
    ];
  }
  const rows = by === "layer" ? layerRows(measured.rows, peaks) : groupsOf(measured.rows, by);
  const sorted = sortRows(rows, sort ?? (isLatency(measured) ? "milliseconds" : "madds"));
  return [...topRows(sorted, top), ...remainder];
}

/** The rows that add up to the whole: no subtotals and no total. */
export function addends(rows: readonly ReportRow[], by: RowChoice["by"] = "layer"): ReportRow[] {
  return rows.filter(({ kind }) => kind !== "total" && (by !== "layer" || kind !== "group"));
}

/** Layers as rows. */
export function layerRows(rows: Measured["rows"], peaks?: MachinePeaks): ReportRow[] {
  const blocks = rowBlocks(rows);
  return rows.map((row, index) => layerRow(row, blocks[index], peaks));
}

/** A layer as a row. */
function layerRow(
  row: LayerCost & Partial<LayerLatency>,
  block: string,
  peaks: MachinePeaks | undefined,
): ReportRow {
  const { milliseconds, layoutMilliseconds = 0 } = row;
  return {
    kind: "layer",
    name: row.name,
    block,
    operator: operatorText(row),
    output: row.outputShape,
    layers: 1,
    parameters: row.parameters,
    parametersWithoutBatchNorm: row.parametersWithoutBatchNorm,
    madds: row.madds,
    uncounted: row.madds === undefined ? 1 : 0,
    activationBytes: row.activationBytes,
    movedBytes: row.movedBytes,
    fusedInto: row.fusedInto,
    kernels: row.kernels,
    ...(milliseconds === undefined ? {} : {
      milliseconds: milliseconds + layoutMilliseconds,
      interval: row.interval,
      layoutMilliseconds,
      share: row.share,
      gmaddsPerSecond: row.gmaddsPerSecond,
      ...rooflineOf(row, milliseconds, peaks),
    }),
  };
}

function rooflineOf(
  { movedBytes = 0, gmaddsPerSecond = 0 }: LayerCost & Partial<LayerLatency>,
  milliseconds: number,
  peaks: MachinePeaks | undefined,
): Pick<ReportRow, "gigabytesPerSecond" | "roofline"> {
  if (!(milliseconds > 0) || movedBytes === 0) return {};
  // Those of layers that are fused into this one included.
  const madds = gmaddsPerSecond * milliseconds * 1e6;
  return {
    gigabytesPerSecond: movedBytes / milliseconds / 1e6,
    ...(peaks ? { roofline: roofline(madds, movedBytes, milliseconds, peaks) } : {}),
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

/** Every block of several layers is followed by them, where names tell of blocks. */
function withSubtotals(rows: Measured["rows"], peaks: MachinePeaks | undefined): ReportRow[] {
  if (isFlat(rows)) return layerRows(rows, peaks);
  const layers = Map.groupBy(layerRows(rows, peaks), (row) => row.block!);
  return groupsOf(rows, "block").flatMap((block) => {
    const members = layers.get(block.name)!;
    return members.length > 1 ? [block, ...members] : members;
  });
}

/** Sorts rows by a column, the largest first; unknown values come last, and equal ones keep their order. */
export function sortRows<Row extends Readonly<Partial<Record<SortColumn, number>>>>(
  rows: readonly Row[],
  column: SortColumn,
): Row[] {
  return largestFirst(rows, (row) => row[column]);
}

/** Sorts by a value, the largest first; unknown ones come last, and equal ones keep their order. */
export function largestFirst<Row>(rows: readonly Row[], value: (row: Row) => number | undefined): Row[] {
  return rows.toSorted((left, right) => (value(right) ?? -1) - (value(left) ?? -1));
}

/** The first rows, and all others summed up as one, so that the table still adds up. */
export function topRows(rows: readonly ReportRow[], count = Infinity): readonly ReportRow[] {
  const rest = rows.slice(count);
  if (rest.length === 0) return rows;
  const sum = (value: (row: ReportRow) => number | undefined) =>
    rest.reduce((total, row) => total + (value(row) ?? 0), 0);
  const madds = sum((row) => row.madds);
  const milliseconds = sum((row) => row.milliseconds);
  const layoutMilliseconds = sum((row) => row.layoutMilliseconds);
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
      gmaddsPerSecond: gmaddsPerSecond(madds, milliseconds - layoutMilliseconds),
    }),
  }];
}

/** Time that belongs to no layer. */
function rowsOutsideLayers(measured: Measured): ReportRow[] {
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
        interval: measured.interval,
        layoutMilliseconds: measured.layoutMilliseconds,
        share: 1,
        gmaddsPerSecond: gmaddsPerSecond(measured.madds, measured.milliseconds),
      }
      : {}),
  };
}
