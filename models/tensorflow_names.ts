/**
 * From the names of our graph to the tensors of `centernet.json` in the npm package `@vladmandic/human`: a
 * TensorFlow.js graph model whose BatchNorm is folded and whose kernels are `[height, width, in, out]`.
 */
import type { SourceTensor, WeightSource } from "../core/graph/mod.ts";
import { toFloat32, type WeightMap } from "../core/weights/mod.ts";

/** Gives a TensorFlow.js weight map the names of our graph. */
export function tensorflowSource(weights: WeightMap): WeightSource {
  return (name) => {
    const names = tensorflowName(name);
    const tensor = names && weights.get(names);
    if (!tensor) return undefined;
    const data = toFloat32(tensor);
    if (tensor.shape.length !== 4) return { shape: tensor.shape, data };
    return name.includes(".depthwise.") ? fromHwci(tensor.shape, data) : fromHwio(tensor.shape, data);
  };
}

/** The TensorFlow name of one of our parameters, or `undefined` where the file has no such thing. */
function tensorflowName(name: string): string | undefined {
  const match = name.match(/^(.*)\.(weight|bias)$/);
  if (!match) return undefined;
  const [, layer, parameter] = match;
  const isWeight = parameter === "weight";
  const conv = (scope: string) => `tower_0/${scope}/Conv2D_${isWeight ? "weights" : "bn_offset"}`;
  const separable = (scope: string) =>
    `tower_0/${scope}/separable_conv2d_${isWeight ? "weights" : "bn_offset"}`;

  if (layer === "backbone.stem") return conv("MobilenetV3/Conv");
  const block = layer.match(/^backbone\.block(\d+)\.(.+)$/);
  if (block) {
    const index = Number(block[1]) - 1;
    const scope = `MobilenetV3/expanded_conv${index === 0 ? "" : `_${index}`}`;
    switch (block[2]) {
      case "depthwise":
        return `tower_0/${scope}/depthwise/depthwise_${isWeight ? "weights" : "bn_offset"}`;
      case "se.squeeze":
        return `${scope}/squeeze_excite/Conv/${isWeight ? "weights" : "biases"}`;
      case "se.excite":
        return `${scope}/squeeze_excite/Conv_1/${isWeight ? "weights" : "biases"}`;
      default:
        return conv(`${scope}/${block[2]}`);
    }
  }
  if (layer === "detect.neck") return conv("extern1");
  if (layer === "detect.attention.squeeze") return conv("CenternetHead/conv1x1_se_a");
  if (layer === "detect.attention.excite") return isWeight ? "CenternetHead/conv1x1_se_b/weights" : undefined;

  const output = layer.match(/^detect\.(heatmap|distances)\.(depthwise|pointwise)$/);
  if (output) {
    const scope = `CenternetHead/centernet_${output[1] === "heatmap" ? "cls" : "wh"}_output`;
    return isWeight ? `${scope}/${output[2]}_weights` : `${scope}/biases`;
  }
  const level = layer.match(
    /^detect\.level(\d)\.(lateral|coarse)\.(?:(reduce)|branch(\d)\.)?(depthwise|pointwise)?$/,
  );
  if (!level) return undefined;
  const [, number, side, reduce, kernel, part] = level;
  // The lateral of level n is TensorFlow's c(n)_reverse; the coarse side comes from c(n+1)_upsample.
  const scope = side === "lateral"
    ? `CenternetHead/c${number}_reverse/${reduce ? "1x1" : "3x3"}`
    : `CenternetHead/c${Number(number) + 1}_upsample/branch_${kernel === "3" ? "x" : "y"}_upsample_resize`;
  if (reduce) return conv(scope);
  return part === "depthwise" ? (isWeight ? `${scope}/depthwise_weights` : undefined) : separable(scope);
}

/** `[height, width, in, out]` to `[out, in, height, width]`. */
function fromHwio([height, width, inputs, outputs]: readonly number[], data: Float32Array): SourceTensor {
  const result = new Float32Array(data.length);
  const taps = height * width;
  for (let tap = 0, from = 0; tap < taps; tap++) {
    for (let i = 0; i < inputs; i++) {
      for (let o = 0; o < outputs; o++) result[(o * inputs + i) * taps + tap] = data[from++];
    }
  }
  return { shape: [outputs, inputs, height, width], data: result };
}

/** A depthwise kernel: `[height, width, channels, 1]` to `[channels, 1, height, width]`. */
function fromHwci(
  [height, width, channels, multiplier]: readonly number[],
  data: Float32Array,
): SourceTensor {
  return fromHwio([height, width, 1, channels * multiplier], data);
}
