/**
 * A confusion matrix in shares, and its most frequent confusions.
 *
 * @module
 */
import { categoryLabels } from "../categories.ts";
import type { ConfusionMatrix } from "./confusion.ts";

/** The classes that occur, and shares of each row. */
export interface ConfusionShares {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** `[rows][columns]`, 0 to 1. */
  readonly values: readonly (readonly number[])[];
}

/** Objects of one class that were detected as another. */
export interface Confusion {
  readonly truth: string;
  readonly detection: string;
  readonly count: number;
  /** Of the objects of that class: 0 to 1. */
  readonly share: number;
}

/** Each row as shares of its sum; classes without objects and detections are left out. */
export function confusionShares(matrix: ConfusionMatrix): ConfusionShares {
  const { size, count, total } = access(matrix);
  const occurs = (k: number) => {
    for (let other = 0; other < size; other++) if (count(k, other) + count(other, k) > 0) return true;
    return false;
  };
  const names = categoryLabels(matrix.categories);
  const kept = names.map((_, k) => k).filter(occurs);
  const places = [...kept, size - 1];
  return {
    rows: [...kept.map((k) => names[k]), "nothing there"],
    columns: [...kept.map((k) => names[k]), "not found"],
    values: places.map((row) => places.map((column) => count(row, column) / Math.max(1, total(row)))),
  };
}

/** Pairs of different classes, the most frequent first. */
export function confusions(matrix: ConfusionMatrix): Confusion[] {
  const { count, total } = access(matrix);
  const names = categoryLabels(matrix.categories);
  const pairs = names.flatMap((truth, row) =>
    names.map((detection, column): Confusion => ({
      truth,
      detection,
      count: row === column ? 0 : count(row, column),
      share: count(row, column) / Math.max(1, total(row)),
    }))
  );
  return pairs.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count || b.share - a.share);
}

function access({ categories, counts }: ConfusionMatrix) {
  const size = categories.length + 1;
  const count = (row: number, column: number) => counts[row * size + column];
  const total = (row: number) => {
    let sum = 0;
    for (let column = 0; column < size; column++) sum += count(row, column);
    return sum;
  };
  return { size, count, total };
}
