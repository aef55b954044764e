/** Removing inputs of linear layers so that their outputs change least, in closed form. */
import type { BoundConv } from "../../../core/graph/mod.ts";
import { invertPositiveDefinite, ridge } from "../../../core/linear_algebra.ts";

/**
 * What a 1×1 convolution reads, and what it should return, over many cells: x is its input (n channels), t its wanted
 * output (m channels).
 */
export interface LinearMoments {
  readonly inputs: number;
  readonly outputs: number;
  /** How many cells there were. */
  readonly samples: number;
  readonly inputMeans: Float64Array;
  readonly outputMeans: Float64Array;
  /** Cov(x, x), `[n, n]`; of a layer without bias E(x·xᵀ). */
  readonly inputs2: Float64Array;
  /** Cov(t, x), `[m, n]`; of a layer without bias E(t·xᵀ). */
  readonly cross: Float64Array;
  /** The sum of the variances of t; of a layer without bias of its squares. */
  readonly energy: number;
}

/** How strongly weights are held at what they were, relative to the variance of their inputs. */
const RIDGE = 0.0001;

/**
 * A linear layer from which inputs are removed one at a time. What is left always has the least squared error that is
 * possible with it, held a little at the weights that it began with:
 * min Σ ‖t − W·x − b‖² + Σ λ(j) · (w(j) − w₀(j))².
 *
 * The increase of the error when input j is removed is ‖w(j)‖² / (H⁻¹)(j, j), where H is the inputs' covariance
 * (Hassibi and Stork, "Second order derivatives for network pruning: Optimal Brain Surgeon", NIPS 1992, equation 5, here
 * for all outputs of a channel at once).
 */
export class Elimination {
  readonly #weight: Float64Array;
  readonly #inverse: Float64Array;
  readonly #squares: Float64Array;
  readonly #removed: Uint8Array;

  /**
   * @param start the weights that the layer begins with, `[m, n, 1, 1]`.
   * @throws {RangeError} when the moments are not finite.
   */
  constructor(readonly moments: LinearMoments, start: BoundConv) {
    const { inputs: n, outputs: m, inputs2, cross, samples } = moments;
    const hessian = Float64Array.from(inputs2);
    const held = ridge(inputs2, n, samples, RIDGE);
    for (let j = 0; j < n; j++) hessian[j * n + j] += held[j];
    this.#inverse = invertPositiveDefinite(hessian, n);
    this.#weight = new Float64Array(m * n);
    const wanted = new Float64Array(n);
    for (let o = 0; o < m; o++) {
      for (let j = 0; j < n; j++) wanted[j] = cross[o * n + j] + held[j] * start.weight[o * n + j];
      for (let j = 0; j < n; j++) {
        const factor = wanted[j];
        for (let k = 0; k < n; k++) this.#weight[o * n + k] += factor * this.#inverse[j * n + k];
      }
    }
    this.#squares = new Float64Array(n);
    this.#removed = new Uint8Array(n);
    this.#sumSquares();
  }

  /** The increase of the error when an input is removed, relative to what the outputs vary by. */
  cost(input: number): number {
    const { inputs: n, energy } = this.moments;
    return this.#squares[input] / this.#inverse[input * n + input] / (energy + 1e-30);
  }

  /** Removes an input; the others take over as much of it as they can. */
  remove(input: number): void {
    const { inputs: n, outputs: m } = this.moments;
    const [weight, inverse] = [this.#weight, this.#inverse];
    const row = inverse.slice(input * n, (input + 1) * n);
    const pivot = row[input];
    for (let o = 0; o < m; o++) {
      const factor = weight[o * n + input] / pivot;
      if (factor === 0) continue;
      for (let k = 0; k < n; k++) weight[o * n + k] -= factor * row[k];
      weight[o * n + input] = 0;
    }
    for (let j = 0; j < n; j++) {
      const factor = row[j] / pivot;
      if (factor === 0) continue;
      for (let k = 0; k < n; k++) inverse[j * n + k] -= factor * row[k];
    }
    for (let j = 0; j < n; j++) inverse[input * n + j] = inverse[j * n + input] = 0;
    this.#removed[input] = 1;
    this.#sumSquares();
  }

  /** The layer with all its inputs, those that were removed with weights of 0. */
  result(hasBias: boolean): BoundConv {
    const { inputs: n, outputs: m, inputMeans, outputMeans } = this.moments;
    const weight = Float32Array.from(this.#weight);
    if (!hasBias) return { weight };
    const bias = new Float32Array(m);
    for (let o = 0; o < m; o++) {
      let sum = outputMeans[o];
      for (let j = 0; j < n; j++) sum -= this.#weight[o * n + j] * inputMeans[j];
      bias[o] = sum;
    }
    return { weight, bias };
  }

  #sumSquares(): void {
    const { inputs: n, outputs: m } = this.moments;
    this.#squares.fill(0);
    for (let o = 0; o < m; o++) {
      for (let j = 0; j < n; j++) this.#squares[j] += this.#weight[o * n + j] ** 2;
    }
  }
}

/** A layer that reads the channels to choose from, beginning at an input of it. */
export interface Reader {
  readonly elimination: Elimination;
  readonly offset: number;
}

/**
 * Removes channels one after another, always the one whose removal changes the outputs of all their readers least.
 *
 * @param channels how many there are.
 * @param keep how many are left.
 * @returns the channels that are left, in order.
 */
export function keepByEffect(channels: number, keep: number, readers: readonly Reader[]): number[] {
  const left = new Set(Array.from({ length: channels }, (_, channel) => channel));
  while (left.size > keep) {
    let least = -1;
    let leastCost = Infinity;
    for (const channel of left) {
      let cost = 0;
      for (const { elimination, offset } of readers) cost += elimination.cost(offset + channel);
      if (least < 0 || cost < leastCost) [least, leastCost] = [channel, cost];
    }
    left.delete(least);
    for (const { elimination, offset } of readers) elimination.remove(offset + least);
  }
  return [...left];
}

/**
 * Keeps the channels with the largest filters, NetAdapt's own choice (Yang et al. 2018, §3.3).
 *
 * @param norms of the filters that make each channel.
 */
export function keepByMagnitude(norms: Float64Array, keep: number, readers: readonly Reader[]): number[] {
  const order = Array.from(norms, (_, channel) => channel).sort((a, b) => norms[b] - norms[a] || a - b);
  for (const channel of order.slice(keep)) {
    for (const { elimination, offset } of readers) elimination.remove(offset + channel);
  }
  return order.slice(0, keep).sort((a, b) => a - b);
}
