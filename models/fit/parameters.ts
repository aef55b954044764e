/** The numbers that are learned, and the form in which the optimizer sees them. */
import type { Parameter, SourceTensor } from "../../core/graph/mod.ts";
import { elementCount } from "../../core/weights/mod.ts";

/** The mean and standard deviation of each channel that a convolution reads. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/** A 1×1 convolution whose inputs are standardised for the optimizer. */
export interface Standardised {
  readonly weight: string;
  /** Takes the inputs' means up; without it inputs are only scaled. */
  readonly bias?: string;
  readonly statistics: ChannelStatistics;
}

/**
 * Parameters as the optimizer sees them: for layers that are standardised, as if their inputs had mean 0 and deviation
 * 1. The features of a trained backbone differ in size by orders of magnitude, so plain AdamW would be slow on them. The
 * network itself runs on {@linkcode FitParameters.effective}, in which the scaling is folded into the weights.
 */
export class FitParameters {
  /** By name, in the optimizer's form. */
  readonly values = new Map<string, Float32Array>();
  readonly shapes = new Map<string, readonly number[]>();

  constructor(readonly standardised: readonly Standardised[]) {}

  /** Takes parameters as the network has them. */
  set(name: string, { shape, data }: SourceTensor): void {
    this.shapes.set(name, shape);
    this.values.set(name, Float32Array.from(data));
  }

  /** Brings weights that were set as the network has them into the optimizer's form; once, when all are set. */
  standardise(): void {
    for (const { weight, bias, statistics } of this.standardised) {
      const values = this.values.get(weight);
      if (!values) continue;
      const { mean, deviation } = statistics;
      const channels = mean.length;
      const shift = bias === undefined ? undefined : this.values.get(bias);
      for (let i = 0; i < values.length; i++) {
        const channel = i % channels;
        if (shift) shift[(i - channel) / channels] += values[i] * mean[channel];
        values[i] *= deviation[channel];
      }
    }
  }

  /** Parameters as the network has them. Those that are not standardised are not copied. */
  effective(values: ReadonlyMap<string, Float32Array> = this.values): Map<string, Float32Array> {
    const result = new Map(values);
    for (const { weight, bias, statistics: { mean, deviation } } of this.standardised) {
      const scaled = values.get(weight)?.slice();
      if (!scaled) continue;
      const channels = mean.length;
      const shift = bias === undefined ? undefined : values.get(bias)?.slice();
      for (let i = 0; i < scaled.length; i++) {
        const channel = i % channels;
        scaled[i] /= deviation[channel];
        if (shift) shift[(i - channel) / channels] -= scaled[i] * mean[channel];
      }
      result.set(weight, scaled);
      if (shift) result.set(bias!, shift);
    }
    return result;
  }

  /** Turns gradients of the network's parameters into those of the optimizer's, in place. */
  chain(gradients: ReadonlyMap<string, Float32Array>): void {
    for (const { weight, bias, statistics: { mean, deviation } } of this.standardised) {
      const gradient = gradients.get(weight);
      if (!gradient) continue;
      const channels = mean.length;
      const shift = bias === undefined ? undefined : gradients.get(bias);
      for (let i = 0; i < gradient.length; i++) {
        const channel = i % channels;
        const through = shift ? shift[(i - channel) / channels] * mean[channel] : 0;
        gradient[i] = (gradient[i] - through) / deviation[channel];
      }
    }
  }
}

/**
 * First values of a parameter: uniform in ±1/√(inputs) for weights and biases, as PyTorch's convolutions begin; 1 for
 * BatchNorm's scale and variance, 0 for its shift and mean.
 *
 * @param inputs of the layer.
 */
export function firstValues({ role, shape }: Parameter, inputs: number, random: () => number): Float32Array {
  const bound = 1 / Math.sqrt(inputs);
  switch (role) {
    case "scale":
    case "variance":
      return new Float32Array(elementCount(shape)).fill(1);
    case "shift":
    case "mean":
      return new Float32Array(elementCount(shape));
    default:
      return Float32Array.from({ length: elementCount(shape) }, () => (2 * random() - 1) * bound);
  }
}
