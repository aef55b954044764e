/** Weights of eight bits: one scale for each output channel, symmetric around zero. */

/** A convolution's weight and bias as integers. */
export interface QuantizedConv {
  readonly weight: Int8Array;
  /** Of each output channel. */
  readonly scales: Float32Array;
  /** In units of the input's scale times the channel's. */
  readonly bias: Int32Array;
}

/** A convolution whose weights are rounded already: of a map whose channels are read with their factors. */
export interface RoundedConv {
  readonly weight: Int8Array;
  /** Of each output channel. */
  readonly scales: Float32Array;
  readonly bias: Float32Array;
}

/** Weights that need a smaller scale are zero. */
const MIN_SCALE = 1e-30;

/** The largest weight, of either sign. */
export const MAX_WEIGHT = 127;

/** A bias must leave room in 32 bits for the sums that are added to it. */
const MAX_BIAS = 2 ** 29;

/**
 * Quantizes a convolution.
 *
 * @param weight `[out, in / groups, height, width]`
 * @param bias `[out]`
 * @param inputScale the scale of what is convolved
 * @param limit the largest weight
 */
export function quantizeConv(
  weight: Float32Array,
  bias: Float32Array | undefined,
  channels: number,
  inputScale: number,
  limit = MAX_WEIGHT,
): QuantizedConv {
  const perChannel = weight.length / channels;
  const quantized = new Int8Array(weight.length);
  const scales = new Float32Array(channels);
  const biases = new Int32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const [start, end] = [channel * perChannel, (channel + 1) * perChannel];
    let largest = 0;
    for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(weight[i]));
    const offset = bias?.[channel] ?? 0;
    const scale = weightScale(largest / limit, offset, inputScale);
    scales[channel] = scale;
    for (let i = start; i < end; i++) quantized[i] = Math.round(weight[i] / scale);
    biases[channel] = Math.round(offset / (inputScale * scale));
  }
  return { weight: quantized, scales, bias: biases };
}

/** The scale of a channel's weights: one of tiny weights gets a coarser scale, so that its bias fits. */
export function weightScale(step: number, bias: number, inputScale: number): number {
  const needed = Math.max(step, Math.abs(bias) / (inputScale * MAX_BIAS));
  return needed < MIN_SCALE ? 1 : Math.fround(needed);
}

/**
 * Rounded weights, to write a map whose channels have factors.
 *
 * @param bias of each channel
 */
export function roundedConv(
  { weight, scales }: RoundedConv,
  bias: Float32Array,
  inputScale: number,
  written: ArrayLike<number> | undefined,
): QuantizedConv {
  return {
    weight,
    scales: scales.map((scale, channel) => scale / (written?.[channel] ?? 1)),
    bias: Int32Array.from(bias, (value, channel) => Math.round(value / (inputScale * scales[channel]))),
  };
}

/**
 * A convolution with zeros for channels that were added to its input or output.
 *
 * @param shape of the weight: `[out, in / groups, height, width]`
 */
export function widenedConv(
  conv: QuantizedConv,
  [channels, perGroup, ...kernel]: readonly number[],
  outputs: number,
  inputs: number,
): QuantizedConv {
  if (outputs === channels && inputs === perGroup) return conv;
  const taps = kernel.reduce((product, length) => product * length, 1);
  const weight = new Int8Array(outputs * inputs * taps);
  for (let channel = 0; channel < channels; channel++) {
    const [from, to] = [channel * perGroup * taps, channel * inputs * taps];
    weight.set(conv.weight.subarray(from, from + perGroup * taps), to);
  }
  const scales = new Float32Array(outputs).fill(1);
  scales.set(conv.scales);
  const bias = new Int32Array(outputs);
  bias.set(conv.bias);
  return { weight, scales, bias };
}

/**
 * A convolution of a map whose channels have factors, to one whose channels have factors.
 *
 * @param shape of the weight: `[out, in / groups, height, width]`
 * @param read the factors of what is read, for each input channel or, of a depthwise convolution, for each output channel
 * @param written the factors of what is written
 */
export function scaledConv(
  weight: Float32Array,
  bias: Float32Array | undefined,
  [outputs, inputs, ...kernel]: readonly number[],
  read: { readonly input?: ArrayLike<number>; readonly output?: ArrayLike<number> },
  written: ArrayLike<number> | undefined,
): { readonly weight: Float32Array; readonly bias?: Float32Array } {
  if (!read.input && !read.output && !written) return { weight, bias };
  const taps = kernel.reduce((product, length) => product * length, 1);
  const scaled = new Float32Array(weight.length);
  for (let output = 0; output < outputs; output++) {
    const factor = (read.output?.[output] ?? 1) / (written?.[output] ?? 1);
    for (let input = 0; input < inputs; input++) {
      const both = factor * (read.input?.[input] ?? 1);
      const start = (output * inputs + input) * taps;
      for (let i = start; i < start + taps; i++) scaled[i] = weight[i] * both;
    }
  }
  return { weight: scaled, bias: bias?.map((value, output) => value / (written?.[output] ?? 1)) };
}
