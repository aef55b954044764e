/** How class scores of a pixel-level evaluation are written. */
import type { ClassRow } from "../../../../datasets/segmentation/mod.ts";
import { formatPercent } from "../../../console/format.ts";
import type { Column } from "../../../console/table.ts";

/** A score as people read it: `0.5940`, or `–` where there is none. */
export function formatScore(score: number | null): string {
  return score === null ? "–" : score.toFixed(4);
}

/** The columns that `--per-class` adds. */
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
