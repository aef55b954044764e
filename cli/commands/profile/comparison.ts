/** Several networks side by side. */
import { MADDS_UNIT } from "../../../core/profile/mod.ts";
import { formatCount, plural } from "../../console/format.ts";
import type { Column } from "../../console/table.ts";
import type { ProfileFlags } from "./flags.ts";
import type { MeasuredModel } from "./measure.ts";
import type { Result } from "./result.ts";
import type { Subject } from "./subject.ts";
import { countingText, type Surroundings, turnsText, uncountedText } from "./words.ts";

/** A network with its time, if it was measured. */
export interface ComparedRow {
  readonly subject: Subject;
  readonly time?: MeasuredModel;
}

/** Where and how the times of a comparison were measured. */
export interface Conditions extends Surroundings {
  readonly threads: number;
}

/** 10⁹ multiply-adds per second. */
export function gmaddsPerSecond({ subject, time }: ComparedRow): number | undefined {
  const { madds } = subject.costs;
  return time && madds > 0 ? madds / time.quietMilliseconds / 1e6 : undefined;
}

/** A table of networks, each against the first. */
export function comparisonResult(
  rows: readonly ComparedRow[],
  conditions: Conditions | undefined,
  { sort }: Pick<ProfileFlags, "sort">,
): Result<ComparedRow> {
  const sorted = sort === undefined ? rows : sortRows(rows, sort);
  const { rule } = rows[0].subject.costs;
  const isTimed = rows[0].time !== undefined;
  const number = (title: string, value: (row: ComparedRow) => string): Column<ComparedRow> => ({
    title,
    value,
    align: "right",
  });
  return {
    title: plural(rows.length, "network"),
    facts: [countingText(rule), ...(conditions ? [turnsText(rows[0].time!.runs, conditions)] : [])],
    rows: sorted,
    columns: [
      { title: "network", value: ({ subject }) => subject.name },
      { title: "input", value: ({ subject }) => subject.input, align: "right" },
      number("params", ({ subject }) => formatCount(subject.costs.parameters)),
      number("MAdds", maddsCell),
      number("act KiB", ({ subject }) => (subject.costs.activationBytes / 1024).toFixed(0)),
      ...(isTimed
        ? [
          number("ms", ({ time }) => time!.quietMilliseconds.toFixed(2)),
          number("median", ({ time }) => time!.milliseconds.toFixed(2)),
          number("GMAdds/s", (row) => gmaddsPerSecond(row)?.toFixed(1) ?? ""),
          number("ratio", (row) => ratio(row, rows[0])!.toFixed(3)),
        ]
        : []),
    ],
    dataColumns: [
      { title: "network", value: ({ subject }) => subject.name },
      { title: "input", value: ({ subject }) => subject.input },
      { title: "params", value: ({ subject }) => subject.costs.parameters },
      {
        title: "params_without_batch_norm",
        value: ({ subject }) => subject.costs.parametersWithoutBatchNorm,
      },
      { title: "madds", value: ({ subject }) => subject.costs.madds },
      { title: "uncounted_nodes", value: ({ subject }) => uncountedNodes(subject) },
      { title: "activation_bytes", value: ({ subject }) => subject.costs.activationBytes },
      ...(isTimed
        ? [
          { title: "ms", value: ({ time }: ComparedRow) => time!.quietMilliseconds },
          { title: "median_ms", value: ({ time }: ComparedRow) => time!.milliseconds },
          { title: "gmadds_per_s", value: gmaddsPerSecond },
          { title: "ratio", value: (row: ComparedRow) => ratio(row, rows[0]) },
        ]
        : []),
    ],
    notes: [
      ...(isTimed ? [`ratio: ms against those of ${rows[0].subject.name}.`] : []),
      ...rows.flatMap(({ subject }) =>
        uncountedText(subject.costs.uncounted).map((text) => `${subject.name}: ${text}`)
      ),
    ],
    json: {
      unit: MADDS_UNIT,
      rule,
      ...conditions,
      networks: sorted.map((row) => ({ ...countsJson(row.subject), ...timeJson(row, rows[0]) })),
    },
  };
}

/** The counts of a network. */
export function countsJson({ name, summary, input, costs }: Subject) {
  const { parameters, parametersWithoutBatchNorm, madds, activationBytes, uncounted } = costs;
  return {
    network: name,
    summary,
    input,
    parameters,
    parametersWithoutBatchNorm,
    madds,
    activationBytes,
    uncounted,
  };
}

/** How long a network takes against the first, in the quiet runs of both. */
export function ratio({ time }: ComparedRow, first: ComparedRow): number | undefined {
  return time && first.time && time.quietMilliseconds / first.time.quietMilliseconds;
}

/** The time of a network, if it was measured, and against that of the first. */
export function timeJson(row: ComparedRow, first: ComparedRow) {
  if (!row.time) return {};
  const { quietMilliseconds, milliseconds, quartiles, ratio: medianRatio, runs } = row.time;
  return {
    milliseconds: quietMilliseconds,
    medianMilliseconds: milliseconds,
    quartileMilliseconds: quartiles,
    ratio: ratio(row, first),
    medianRatio,
    runs,
    gmaddsPerSecond: gmaddsPerSecond(row),
  };
}

function maddsCell({ subject }: ComparedRow): string {
  const { madds, uncounted } = subject.costs;
  if (uncounted.length === 0) return formatCount(madds);
  return madds > 0 ? `${formatCount(madds)} + ?` : "?";
}

function uncountedNodes({ costs }: Subject): number {
  return costs.uncounted.reduce((sum, { nodes }) => sum + nodes, 0);
}

function sortRows(rows: readonly ComparedRow[], column: NonNullable<ProfileFlags["sort"]>): ComparedRow[] {
  const value = (row: ComparedRow): number => {
    const { costs } = row.subject;
    switch (column) {
      case "params":
        return costs.parameters;
      case "madds":
        return costs.madds;
      case "activation":
        return costs.activationBytes;
      case "ms":
        return row.time?.quietMilliseconds ?? 0;
      case "gmadds":
        return gmaddsPerSecond(row) ?? 0;
    }
  };
  return rows.toSorted((left, right) => value(right) - value(left));
}
