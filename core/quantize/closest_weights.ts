/**
 * The weights of eight bits with which a linear layer returns most nearly what it should: of what it reads in the network in
 * int8, what the float network returns in the same places.
 */
import { choleskyFactor, ridge } from "../linear_algebra.ts";
import { MAX_WEIGHT, type RoundedConv, weightScale } from "./weights.ts";

/** What a linear layer reads, and what it is short of, in many places: n inputs x, m residuals r = wanted − W·x − b. */
export interface ResidualMoments {
  readonly inputs: number;
  readonly outputs: number;
  /** How many places there were. */
  readonly samples: number;
  readonly inputMeans: Float64Array;
  readonly residualMeans: Float64Array;
  /** Cov(x, x), `[n, n]`. */
  readonly inputs2: Float64Array;
  /** Cov(r, x), `[m, n]`. */
  readonly cross: Float64Array;
}

/**
 * How strongly weights are held at what they were, relative to the variance of their inputs. The error of MobileNetV2's
 * outputs with weights of seven bits, on images that had no part in it, was 2.5 % before, 0.9 % with biases alone (an
 * endless hold) and 0.8 % with this. With weights of eight bits nearly all of it comes from the biases.
 */
const RIDGE = 0.2;

/**
 * Finds the weights W' and biases b' with a small Σ ‖wanted − W'·x − b'‖² + Σ λ(j) · (w'(j) − w(j))²: first the least
 * squares in closed form; then weights are rounded one after another, where those that follow make up for the error of
 * those before as far as they can (Frantar et al., "GPTQ", ICLR 2023, which is Babai's nearest plane).
 *
 * @param weight `[m, n]`, as x is read
 * @param bias `[m]`
 * @param inputScale the scale of what is read
 * @param limit the largest weight
 * @throws {RangeError} if the moments are not finite
 */
export function closestWeights(
  moments: ResidualMoments,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  inputScale: number,
  limit = MAX_WEIGHT,
): RoundedConv {
  const { inputs: n, outputs: m, cross, inputMeans, residualMeans } = moments;
  const order = roundingOrder(moments);
  const lower = choleskyFactor(heldCovariance(moments, order), n);
  const upper = transposed(lower, n);
  const found = { weight: new Int8Array(m * n), scales: new Float32Array(m), bias: new Float32Array(m) };
  const wanted = new Float64Array(n);
  // First what is added to the weights, then by how much what was rounded is too small.
  const rest = new Float64Array(n);
  for (let o = 0; o < m; o++) {
    for (let j = 0; j < n; j++) rest[j] = cross[o * n + order[j]];
    solve(lower, n, rest);
    let offset = bias[o] + residualMeans[o];
    let largest = 0;
    for (let j = 0; j < n; j++) {
      offset -= rest[j] * inputMeans[order[j]];
      wanted[j] = weight[o * n + order[j]] + rest[j];
      largest = Math.max(largest, Math.abs(wanted[j]));
    }
    const scale = weightScale(largest / limit, offset, inputScale);
    for (let j = n - 1; j >= 0; j--) {
      let short = 0;
      for (let k = j + 1; k < n; k++) short += upper[j * n + k] * rest[k];
      const nearest = Math.round((wanted[j] + short / upper[j * n + j]) / scale);
      const value = Math.max(-limit, Math.min(limit, nearest));
      found.weight[o * n + order[j]] = value;
      rest[j] = wanted[j] - value * scale;
      offset += rest[j] * inputMeans[order[j]];
    }
    found.scales[o] = scale;
    found.bias[o] = offset;
  }
  return found;
}

/** The inputs that vary least first: rounding begins at the end. */
function roundingOrder({ inputs: n, inputs2 }: ResidualMoments): number[] {
  return Array.from({ length: n }, (_, j) => j)
    .sort((a, b) => inputs2[a * n + a] - inputs2[b * n + b] || a - b);
}

function heldCovariance({ inputs: n, samples, inputs2 }: ResidualMoments, order: readonly number[]) {
  const added = ridge(inputs2, n, samples, RIDGE);
  const held = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < n; k++) held[j * n + k] = inputs2[order[j] * n + order[k]];
    held[j * n + j] += added[order[j]];
  }
  return held;
}

function transposed(matrix: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let k = 0; k < n; k++) result[j * n + k] = matrix[k * n + j];
  }
  return result;
}

/** Solves L·Lᵀ·x = b in place. */
function solve(lower: Float64Array, n: number, b: Float64Array): void {
  for (let j = 0; j < n; j++) {
    let sum = b[j];
    for (let k = 0; k < j; k++) sum -= lower[j * n + k] * b[k];
    b[j] = sum / lower[j * n + j];
  }
  for (let j = n - 1; j >= 0; j--) {
    const value = b[j] /= lower[j * n + j];
    for (let k = 0; k < j; k++) b[k] -= lower[j * n + k] * value;
  }
}
