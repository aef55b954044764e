/** How each class of a pixel-level evaluation fared, from its confusion matrix. */
import type { Color } from "../../../../core/images/mod.ts";
import type { Column } from "../../../console/table.ts";
import { formatPercent } from "../../../console/format.ts";

/** The pixels of the scored classes. */
export interface ScoredPixels {
  readonly names: readonly string[];
  readonly colors: readonly (Color | undefined)[];
  /** Pixels, truth × prediction: `[classes][classes + 1]`, predictions of anything else last. */
  readonly matrix: readonly (readonly number[])[];
}

/** How one class fared; `null` where there is nothing to score. */
export interface ClassRow {
  readonly name: string;
  readonly color: Color | undefined;
  readonly iou: number | null;
  /** The share of its pixels that were found. */
  readonly recall: number | null;
  /** The share of pixels given this class that are right. */
  readonly precision: number | null;
  /** Its share of all pixels that are scored. */
  readonly share: number | null;
  /** What most of its missed pixels were taken for. */
  readonly mistaken: Mistake | null;
}

/** Pixels of one class that were taken for another. */
export interface Mistake {
  readonly truth: string;
  readonly prediction: string;
  readonly pixels: number;
  /** Of the pixels of `truth`. */
  readonly share: number;
}

/** What pixels were given that got none of the scored classes. */
const OTHERS = "none of them";

/** The rows of all classes. */
export function classRows({ names, colors, matrix }: ScoredPixels): ClassRow[] {
  const truth = matrix.map((row) => sum(row));
  const given = names.map((_, k) => sum(matrix.map((row) => row[k])));
  const all = sum(truth);
  const mistakes = mistakesOf({ names, colors, matrix });
  return names.map((name, k) => {
    const correct = matrix[k][k];
    return {
      name,
      color: colors[k],
      iou: ratio(correct, truth[k] + given[k] - correct),
      recall: ratio(correct, truth[k]),
      precision: ratio(correct, given[k]),
      share: ratio(truth[k], all),
      mistaken: mistakes.find((mistake) => mistake.truth === name) ?? null,
    };
  });
}

/** All mistakes, the most pixels first. */
export function mistakesOf({ names, matrix }: ScoredPixels): Mistake[] {
  return matrix.flatMap((row, k) => {
    const truth = sum(row);
    return row.flatMap((pixels, column): Mistake[] =>
      column === k || pixels === 0
        ? []
        : [{ truth: names[k], prediction: names[column] ?? OTHERS, pixels, share: pixels / truth }]
    );
  }).sort((a, b) => b.pixels - a.pixels);
}

/** The shares of each row, for an image of the matrix, and the names of the columns; unused ones are left out. */
export function rowShares({ names, matrix }: ScoredPixels): {
  readonly columns: readonly string[];
  readonly shares: readonly (readonly (number | null)[])[];
} {
  const others = matrix.some((row) => row[names.length] > 0);
  return {
    columns: others ? [...names, OTHERS] : names,
    shares: matrix.map((row) => {
      const total = sum(row);
      return row.slice(0, others ? undefined : -1).map((pixels) => ratio(pixels, total));
    }),
  };
}

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

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
