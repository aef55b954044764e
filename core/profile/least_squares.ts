/** Non-negative least squares of few unknowns. */

/** Rounds of coordinate descent: with a handful of unknowns it has long settled. */
const ROUNDS = 2000;

/** Below this change of all unknowns, relative to the largest, it has. */
const SETTLED = 1e-10;

/**
 * The non-negative x for which rows · x is nearest to the values, each relative to its value.
 *
 * Method: coordinate descent on the normal equations (Franc, Hlaváč and Navara, "Sequential Coordinate-Wise Algorithm for
 * the Non-negative Least Squares Problem", 2005).
 *
 * @param values all above 0.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { leastSquares } from "./least_squares.ts";
 * const [a, b] = leastSquares([[1, 0], [1, 1], [1, 2]], [2, 5, 8]);
 * assert.ok(Math.abs(a - 2) < 1e-6 && Math.abs(b - 3) < 1e-6);
 * assert.deepEqual(leastSquares([[1, 1], [1, 2]], [2, 1]).map((x) => x >= 0), [true, true]);
 * ```
 */
export function leastSquares(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const unknowns = rows[0]?.length ?? 0;
  const matrix = Array.from({ length: unknowns }, () => new Float64Array(unknowns));
  const right = new Float64Array(unknowns);
  // Columns of very different sizes are brought to one.
  const scales = Float64Array.from(
    { length: unknowns },
    (_, j) => Math.sqrt(rows.reduce((sum, row, i) => sum + (row[j] / values[i]) ** 2, 0)) || 1,
  );
  rows.forEach((row, i) => {
    const scaled = row.map((value, j) => value / values[i] / scales[j]);
    for (let j = 0; j < unknowns; j++) {
      right[j] += scaled[j];
      for (let k = 0; k < unknowns; k++) matrix[j][k] += scaled[j] * scaled[k];
    }
  });
  const x = new Float64Array(unknowns);
  for (let round = 0; round < ROUNDS; round++) {
    let [change, largest] = [0, 0];
    for (let j = 0; j < unknowns; j++) {
      if (matrix[j][j] === 0) continue;
      const gradient = matrix[j].reduce((sum, value, k) => sum + value * x[k], -right[j]);
      const next = Math.max(0, x[j] - gradient / matrix[j][j]);
      change = Math.max(change, Math.abs(next - x[j]));
      largest = Math.max(largest, next);
      x[j] = next;
    }
    if (change <= SETTLED * largest) break;
  }
  return Array.from(x, (value, j) => value / scales[j]);
}
