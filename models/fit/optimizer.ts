/** How parameters follow their gradients. */

/** A set of parameters that learn alike. */
export interface ParameterGroup {
  readonly names: readonly string[];
  /** The highest learning rate of the schedule. */
  readonly learningRate: number;
  /** The share of a weight that is lost at each step, times the learning rate. */
  readonly weightDecay: number;
  /** The gradients of the group are scaled so that their norm is not above this. */
  readonly maxGradientNorm?: number;
}

/** The moments of AdamW, by parameter. */
export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/**
 * One step of AdamW on every parameter, in place.
 *
 * Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019, algorithm 2; PyTorch's `AdamW` with its
 * default β and ε.
 *
 * @param step the number of this step, from 1.
 * @param factor of the groups' learning rates: see {@linkcode oneCycle}.
 */
export function adamW(
  parameters: ReadonlyMap<string, Float32Array>,
  gradients: ReadonlyMap<string, Float32Array>,
  moments: ReadonlyMap<string, Moments>,
  groups: readonly ParameterGroup[],
  step: number,
  factor: number,
): void {
  const firstCorrection = 1 - BETA_1 ** step;
  const secondRoot = Math.sqrt(1 - BETA_2 ** step);
  for (const { names, learningRate, weightDecay, maxGradientNorm } of groups) {
    const scale = maxGradientNorm === undefined
      ? 1
      : Math.min(1, maxGradientNorm / (gradientNorm(gradients, names) + 1e-6));
    const rate = learningRate * factor;
    for (const name of names) {
      const [values, gradient] = [parameters.get(name)!, gradients.get(name)!];
      const { first, second } = moments.get(name)!;
      for (let i = 0; i < values.length; i++) {
        const slope = gradient[i] * scale;
        first[i] = BETA_1 * first[i] + (1 - BETA_1) * slope;
        second[i] = BETA_2 * second[i] + (1 - BETA_2) * slope * slope;
        const denominator = Math.sqrt(second[i]) / secondRoot + EPSILON;
        values[i] = values[i] * (1 - rate * weightDecay) - rate / firstCorrection * first[i] / denominator;
      }
    }
  }
}

/** The Euclidean norm of some gradients together. */
export function gradientNorm(gradients: ReadonlyMap<string, Float32Array>, names: Iterable<string>): number {
  let sum = 0;
  for (const name of names) {
    const gradient = gradients.get(name)!;
    for (let i = 0; i < gradient.length; i++) sum += gradient[i] * gradient[i];
  }
  return Math.sqrt(sum);
}

/** The share of the steps during which the rate rises. */
const WARM_UP = 0.05;
/** The rate starts at this share of its highest value, and ends at that share of where it started. */
const START = 1 / 25;
const END = 1e-4;

/**
 * The learning rate of a step as a share of its highest: up along a cosine, then down along another.
 *
 * Smith and Topin, "Super-Convergence", 2018; PyTorch's `OneCycleLR` with `pct_start=0.05`.
 *
 * @param step from 0.
 */
export function oneCycle(step: number, steps: number): number {
  const top = WARM_UP * steps - 1;
  if (step <= top) return between(START, 1, top <= 0 ? 1 : step / top);
  return between(1, START * END, (step - top) / (steps - 1 - top));
}

function between(from: number, to: number, share: number): number {
  return to + (from - to) / 2 * (1 + Math.cos(Math.PI * share));
}
