/** The columns of a network's table: for people, for HTML, and for CSV. */
import {
  isFlat,
  isLatency,
  type Measured,
  type ReportRow,
  rowBlocks,
  type RowChoice,
} from "../../../core/profile/mod.ts";
import { formatCount, formatPercent } from "../../console/format.ts";
import type { Column } from "../../console/table.ts";
import { type SortableColumn, sortableColumn } from "../../report/sortable_table.ts";
import { type CountUnit, countUnit, numberColumn } from "./result.ts";

/** The columns of a table in HTML, with the values that they are sorted by. */
export function sortableLayerColumns(
  measured: Measured,
  unit: CountUnit = countUnit(false),
): SortableColumn<ReportRow>[] {
  const values: Record<string, (row: ReportRow) => number | undefined> = {
    output: ({ output }) => output?.reduce((product, length) => product * length, 1),
    params: ({ parameters }) => parameters,
    [unit.name]: ({ madds }) => madds,
    "act KiB": ({ activationBytes }) => activationBytes,
    ms: ({ milliseconds }) => milliseconds,
    "p10–p90": ({ interval }) => interval && interval[1] - interval[0],
    layout: ({ layoutMilliseconds }) => layoutMilliseconds,
    share: ({ share }) => share,
    "KiB moved": ({ movedBytes }) => movedBytes,
    "GB/s": ({ gigabytesPerSecond }) => gigabytesPerSecond,
    "of peak": ({ roofline }) => roofline?.ofPeak,
    "cum %": ({ cumulativeShare }) => cumulativeShare,
    [unit.rate]: ({ gmaddsPerSecond }) => gmaddsPerSecond,
  };
  return layerColumns(measured, {}, unit).map((column) => sortableColumn(column, values[column.title]));
}

/** The columns that people read. */
export function layerColumns(
  measured: Measured,
  { by = "layer", sort, top }: RowChoice,
  unit: CountUnit = countUnit(false),
): Column<ReportRow>[] {
  const isTree = by === "layer" && !isFlat(measured.rows) && sort === undefined && top === undefined;
  const members = Map.groupBy(rowBlocks(measured.rows), (block) => block);
  const inBlock = ({ kind, block = "" }: ReportRow) =>
    isTree && kind === "layer" && members.get(block)!.length > 1;
  const number = numberColumn<ReportRow>;
  return [
    { title: rowTitle(by), value: (row) => inBlock(row) ? `  ${row.name}` : row.name },
    ...(by === "layer"
      ? [
        { title: "operator", value: operatorCell },
        {
          title: "output",
          value: ({ output }: ReportRow) => output && shapeText(output),
          align: "right" as const,
        },
      ]
      : [number("layers", ({ layers }) => String(layers ?? ""))]),
    number("params", ({ parameters }) => parameters ? formatCount(parameters) : ""),
    number(unit.name, (row) => maddsCell(row, unit)),
    number(
      "act KiB",
      ({ activationBytes }) => activationBytes === undefined ? "" : kibibytes(activationBytes),
    ),
    ...(isLatency(measured)
      ? [
        number("ms", (row) => runsElsewhere(row) ? "" : timeCell(row.milliseconds)),
        number("p10–p90", intervalCell),
        number("layout", ({ layoutMilliseconds }) => layoutMilliseconds ? timeCell(layoutMilliseconds) : ""),
        number(
          "share",
          (row) => row.share === undefined || runsElsewhere(row) ? "" : formatPercent(row.share),
        ),
        number("cum %", (row) => runsElsewhere(row) ? "" : percentCell(row.cumulativeShare)),
        number(
          unit.rate,
          ({ gmaddsPerSecond }) =>
            gmaddsPerSecond === undefined ? "" : (unit.factor * gmaddsPerSecond).toFixed(1),
        ),
        ...(by === "layer" ? limitColumns() : []),
      ]
      : []),
  ];
}

/** What a row stands for, as `--by` has it. */
function rowTitle(by: NonNullable<RowChoice["by"]>): string {
  return by === "operator" ? "op" : by;
}

/** A sum that lacks operators that are not counted is a lower bound. */
function maddsCell({ madds, uncounted = 0, layers }: ReportRow, { factor }: CountUnit): string {
  if (layers === undefined) return "";
  const text = madds ? formatCount(factor * madds) : "";
  if (uncounted === 0) return text;
  return madds ? `≥ ${text}` : "?";
}

/** The layer that another runs inside is called by the end of its name. */
function operatorCell({ operator, name, fusedInto }: ReportRow): string | undefined {
  if (fusedInto === undefined) return operator;
  const separator = fusedInto.includes("/") ? "/" : ".";
  const parts = fusedInto.split(separator);
  const parent = name.slice(0, name.lastIndexOf(separator) + 1);
  const isSibling = fusedInto.startsWith(parent) && parent !== "";
  const host = separator === "/" ? parts.slice(-2).join("/") : isSibling ? parts.at(-1) : fusedInto;
  return `${operator} (in ${host})`;
}

/** A batch of one is left out. */
function shapeText(shape: readonly number[]): string {
  return (shape.length > 1 && shape[0] === 1 ? shape.slice(1) : shape).join("×");
}

function kibibytes(bytes: number): string {
  const size = bytes / 1024;
  return size >= 9.95 ? size.toFixed(0) : size.toFixed(1);
}

/** Whether a layer's time is part of that of the layer that it was fused into. */
function runsElsewhere({ fusedInto, milliseconds }: ReportRow): boolean {
  return fusedInto !== undefined && milliseconds === 0;
}

/** What limits a layer, and what ran. */
function limitColumns(): Column<ReportRow>[] {
  const number = numberColumn<ReportRow>;
  return [
    number("KiB moved", ({ movedBytes }) => movedBytes ? kibibytes(movedBytes) : ""),
    number("GB/s", ({ gigabytesPerSecond }) => gigabytesPerSecond?.toFixed(1)),
    number("of peak", ({ roofline }) => roofline && `${(100 * roofline.ofPeak).toFixed(0)} %`),
    { title: "limit", value: ({ roofline }) => roofline?.limit },
    { title: "kernel", value: ({ kernels }) => kernels },
  ];
}

function percentCell(share: number | undefined): string {
  return share === undefined ? "" : (100 * share).toFixed(1);
}

/** Four of five runs. */
function intervalCell(row: ReportRow): string {
  return row.interval === undefined || runsElsewhere(row) ? "" : row.interval.map(timeCell).join("–");
}

function timeCell(milliseconds: number | undefined): string {
  return milliseconds === undefined ? "" : milliseconds.toFixed(3);
}

/** The columns of CSV. */
export function layerDataColumns(
  measured: Measured,
  { by = "layer" }: RowChoice,
  unit: CountUnit = countUnit(false),
): Column<ReportRow>[] {
  return [
    { title: "kind", value: ({ kind }) => kind },
    { title: rowTitle(by), value: ({ name }) => name },
    ...(by === "layer"
      ? [
        { title: "block", value: ({ block }: ReportRow) => block },
        { title: "operator", value: ({ operator }: ReportRow) => operator },
        { title: "output", value: ({ output }: ReportRow) => output?.join("x") },
      ]
      : [{ title: "layers", value: ({ layers }: ReportRow) => layers }]),
    { title: "params", value: ({ parameters }) => parameters },
    {
      title: "params_without_batch_norm",
      value: ({ parametersWithoutBatchNorm }) => parametersWithoutBatchNorm,
    },
    { title: "madds", value: ({ madds }) => madds },
    ...(unit.factor === 2
      ? [{ title: "flops", value: ({ madds }: ReportRow) => madds === undefined ? undefined : 2 * madds }]
      : []),
    { title: "uncounted_layers", value: ({ uncounted }) => uncounted },
    { title: "activation_bytes", value: ({ activationBytes }) => activationBytes },
    ...(isLatency(measured)
      ? [
        { title: "ms", value: ({ milliseconds }: ReportRow) => rounded(milliseconds) },
        { title: "p10_ms", value: ({ interval }: ReportRow) => rounded(interval?.[0]) },
        { title: "p90_ms", value: ({ interval }: ReportRow) => rounded(interval?.[1]) },
        { title: "layout_ms", value: ({ layoutMilliseconds }: ReportRow) => rounded(layoutMilliseconds) },
        { title: "share", value: ({ share }: ReportRow) => rounded(share) },
        {
          title: "cumulative_share",
          value: ({ cumulativeShare }: ReportRow) => rounded(cumulativeShare),
        },
        { title: "gmadds_per_s", value: ({ gmaddsPerSecond }: ReportRow) => rounded(gmaddsPerSecond) },
        { title: "moved_bytes", value: ({ movedBytes }: ReportRow) => movedBytes },
        {
          title: "gigabytes_per_s",
          value: ({ gigabytesPerSecond }: ReportRow) => rounded(gigabytesPerSecond),
        },
        { title: "madds_per_byte", value: ({ roofline }: ReportRow) => rounded(roofline?.intensity) },
        { title: "of_peak", value: ({ roofline }: ReportRow) => rounded(roofline?.ofPeak) },
        { title: "limit", value: ({ roofline }: ReportRow) => roofline?.limit },
        { title: "kernels", value: ({ kernels }: ReportRow) => kernels },
        { title: "fused_into", value: ({ fusedInto }: ReportRow) => fusedInto },
      ]
      : []),
  ];
}

/** The runtime counts microseconds; further digits of sums are rounding errors. */
function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toFixed(6));
}
