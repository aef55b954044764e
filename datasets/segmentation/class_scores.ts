/**
 * How each class of a pixel-level evaluation fared, from its confusion matrix.
 *
 * @module
 */
import type { Color } from "../../core/images/palette.ts";
import { ratio, sum } from "./segmentation_scores.ts";

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
  /** Its share of all scored pixels. */
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

/** All mistakes, those with the most pixels first. */
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

/** The shares of each row, for a drawing of the matrix, and the names of the columns; unused ones are left out. */
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
