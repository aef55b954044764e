/** Convolution and BatchNorm, written for comparison rather than speed. */
import type { Padding } from "../../../core/graph/mod.ts";

/** A feature map `[channels, height, width]`. */
export interface FeatureMap {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Float64Array;
}

/** What a convolution is made of; `weight` is `[channels, in / groups, kernel, kernel]`. */
export interface ReferenceConv {
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly groups: number;
  readonly padding: Padding;
  readonly weight: ArrayLike<number>;
  readonly bias?: ArrayLike<number>;
}

/** Convolves by the definition of TensorFlow's and PyTorch's padding. */
export function convolve(input: FeatureMap, conv: ReferenceConv): FeatureMap {
  const [height, top] = outputAndPadding(input.height, conv);
  const [width, left] = outputAndPadding(input.width, conv);
  const data = new Float64Array(conv.channels * height * width);
  const perGroup = input.channels / conv.groups;
  for (let channel = 0; channel < conv.channels; channel++) {
    const group = Math.floor(channel / (conv.channels / conv.groups));
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = conv.bias?.[channel] ?? 0;
        for (let i = 0; i < perGroup; i++) {
          for (let ky = 0; ky < conv.kernel; ky++) {
            for (let kx = 0; kx < conv.kernel; kx++) {
              const sy = y * conv.stride - top + ky * conv.dilation;
              const sx = x * conv.stride - left + kx * conv.dilation;
              if (sy < 0 || sy >= input.height || sx < 0 || sx >= input.width) continue;
              const from = ((group * perGroup + i) * input.height + sy) * input.width + sx;
              const weight = conv.weight[((channel * perGroup + i) * conv.kernel + ky) * conv.kernel + kx];
              sum += input.data[from] * weight;
            }
          }
        }
        data[(channel * height + y) * width + x] = sum;
      }
    }
  }
  return { channels: conv.channels, height, width, data };
}

/** The length of the output along an axis, and the zeros before its input. */
function outputAndPadding(
  length: number,
  { kernel, stride, dilation, padding }: ReferenceConv,
): [number, number] {
  const window = (kernel - 1) * dilation + 1;
  if (padding === "same") {
    const output = Math.ceil(length / stride);
    const zeros = Math.max(0, (output - 1) * stride + window - length);
    return [output, Math.floor(zeros / 2)];
  }
  const zeros = padding === "symmetric" ? Math.floor((window - 1) / 2) : 0;
  return [Math.floor((length + 2 * zeros - window) / stride) + 1, zeros];
}

/** Normalises each channel with its running statistics. */
export function normalise(
  { channels, height, width, data }: FeatureMap,
  statistics: Record<"scale" | "shift" | "mean" | "variance", ArrayLike<number>>,
  epsilon: number,
): FeatureMap {
  const { scale, shift, mean, variance } = statistics;
  const plane = height * width;
  const result = data.map((value, index) => {
    const channel = Math.floor(index / plane);
    return (value - mean[channel]) / Math.sqrt(variance[channel] + epsilon) * scale[channel] + shift[channel];
  });
  return { channels, height, width, data: result };
}
