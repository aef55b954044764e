/** Dense symmetric matrices, row by row in a `Float64Array`. */

/**
 * The inverse of a symmetric positive definite matrix `[n, n]`, by Cholesky's decomposition.
 *
 * @throws {RangeError} when the matrix is not positive definite.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { invertPositiveDefinite } from "./linear_algebra.ts";
 * const inverse = invertPositiveDefinite(Float64Array.of(4, 2, 2, 3), 2);
 * assert.deepEqual(Array.from(inverse, (value) => Math.round(8 * value)), [3, -2, -2, 4]);
 * ```
 */
export function invertPositiveDefinite(matrix: Float64Array, n: number): Float64Array {
  const lower = choleskyFactor(matrix, n);
  // The inverse of the factor, row by row: L · X = I.
  const inverse = new Float64Array(n * n);
  for (let row = 0; row < n; row++) {
    const at = row * n;
    for (let k = 0; k < row; k++) {
      const factor = lower[at + k];
      if (factor === 0) continue;
      const other = k * n;
      for (let column = 0; column <= k; column++) inverse[at + column] -= factor * inverse[other + column];
    }
    inverse[at + row] = 1;
    const scale = 1 / lower[at + row];
    for (let column = 0; column <= row; column++) inverse[at + column] *= scale;
  }
  // (L · Lᵀ)⁻¹ = L⁻ᵀ · L⁻¹
  const result = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    const from = k * n;
    for (let row = 0; row <= k; row++) {
      const factor = inverse[from + row];
      const at = row * n;
      for (let column = 0; column <= row; column++) result[at + column] += factor * inverse[from + column];
    }
  }
  for (let row = 0; row < n; row++) {
    for (let column = row + 1; column < n; column++) result[row * n + column] = result[column * n + row];
  }
  return result;
}

/** The lower triangle L with L · Lᵀ = A. */
export function choleskyFactor(matrix: Float64Array, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let row = 0; row < n; row++) {
    const at = row * n;
    for (let column = 0; column <= row; column++) {
      const other = column * n;
      let sum = matrix[at + column];
      for (let k = 0; k < column; k++) sum -= lower[at + k] * lower[other + k];
      if (column < row) lower[at + column] = sum / lower[other + column];
      else if (sum > 0) lower[at + row] = Math.sqrt(sum);
      else throw new RangeError(`the matrix is not positive definite: its pivot ${row} is ${sum}`);
    }
  }
  return lower;
}

/** With fewer samples than inputs, weights could fit anything: they are held the more. */
const FEW_SAMPLES = 30;

/**
 * How strongly the weights of a linear layer are held at what they were where they are fitted by least squares, `[n]`: what
 * is added to the diagonal of the inputs' covariance.
 *
 * @param covariance of the inputs, `[n, n]`
 * @param strength relative to the variance of an input
 */
export function ridge(covariance: Float64Array, n: number, samples: number, strength: number): Float64Array {
  let mean = 0;
  for (let j = 0; j < n; j++) mean += covariance[j * n + j] / n;
  const share = strength * (1 + FEW_SAMPLES * n / samples);
  return Float64Array.from({ length: n }, (_, j) => share * (covariance[j * n + j] + 0.01 * mean) + 1e-12);
}
