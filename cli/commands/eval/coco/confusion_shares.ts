/** A confusion matrix as a report shows it. */
import type { ConfusionMatrix } from "../../../../datasets/coco/mod.ts";

/** The classes that occur, and shares of each row. */
export interface ConfusionShares {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** `[rows][columns]`, 0 to 1. */
  readonly values: readonly (readonly number[])[];
}

/** An object of one class that was taken for one of another. */
export interface Mistake {
  readonly truth: string;
  readonly detection: string;
  readonly count: number;
  /** Of the objects of that class. */
  readonly share: number;
}

/** Each row as shares of its sum; classes without objects and detections are left out. */
export function confusionShares(matrix: ConfusionMatrix): ConfusionShares {
  const { size, count, total } = access(matrix);
  const occurs = (k: number) => {
    for (let other = 0; other < size; other++) if (count(k, other) + count(other, k) > 0) return true;
    return false;
  };
  const names = matrix.categories.map(({ name }) => name);
  const kept = names.map((_, k) => k).filter(occurs);
  const places = [...kept, size - 1];
  return {
    rows: [...kept.map((k) => names[k]), "nothing there"],
    columns: [...kept.map((k) => names[k]), "not found"],
    values: places.map((row) => places.map((column) => count(row, column) / Math.max(1, total(row)))),
  };
}

/** Pairs of classes, those taken for each other most often first. */
export function confusions(matrix: ConfusionMatrix): Mistake[] {
  const { count, total } = access(matrix);
  const { categories } = matrix;
  const mistakes = categories.flatMap((truth, row) =>
    categories.map((detection, column): Mistake => ({
      truth: truth.name,
      detection: detection.name,
      count: row === column ? 0 : count(row, column),
      share: count(row, column) / Math.max(1, total(row)),
    }))
  );
  return mistakes.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count || b.share - a.share);
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
