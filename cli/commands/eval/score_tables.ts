/** How the scores of evaluations are written. */
import type { ClassRow } from "../../../datasets/segmentation/mod.ts";
import { formatPercent } from "../../console/format.ts";
import type { Fit } from "../../console/fit_columns.ts";
import { type Column, formatTable } from "../../console/table.ts";
import type { TableStyle } from "./benchmark.ts";

/** A score as people read it: `0.5940`, or `–` where there is none. */
export function formatScore(score: number | null): string {
  return score === null ? "–" : score.toFixed(4);
}

/** The main scores of an evaluation, by their names. */
export function metricTable(
  metrics: Readonly<Record<string, number | null>>,
  { format, colors }: Pick<TableStyle, "format" | "colors">,
): string {
  return formatTable(
    Object.entries(metrics),
    [
      { title: "metric", value: ([name]) => name },
      { title: "score", value: ([, score]) => score, format: formatScore },
    ],
    format,
    { colors },
  );
}

/** How the table of classes of pixel-level scores fits a terminal. */
export function classFit({ width }: TableStyle): Fit | undefined {
  return width === undefined ? undefined : {
    width,
    givingWay: ["of all pixels", "precision", "recall", "boundary F", "mostly taken for", "iIoU"],
    cut: "mostly taken for",
  };
}

/** The columns that `--per-class` adds to pixel-level scores. */
export const DETAIL_COLUMNS: readonly Column<ClassRow>[] = [
  { title: "recall", value: ({ recall }) => recall, format: formatScore },
  { title: "precision", value: ({ precision }) => precision, format: formatScore },
  { title: "of all pixels", value: ({ share }) => share, format: formatPercent },
  {
    title: "mostly taken for",
    value: ({ mistaken }) => mistaken && `${mistaken.prediction} ${formatPercent(mistaken.share)}`,
  },
];

/** The name of a class in metrics: `IoU.traffic_light`. */
export function classMetric(name: string): string {
  return `IoU.${name.trim().replace(/[\s=,]+/g, "_")}`;
}
