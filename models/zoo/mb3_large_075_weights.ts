/**
 * The weights of the embedded model in the names of our graph: the detector from the npm package `@vladmandic/human`,
 * the decoders, trained for this project, from `models/weights`.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { modelError } from "../../core/errors.ts";
import type { SourceTensor, WeightSource } from "../../core/graph/mod.ts";
import { readTfjsModel, readWeights, toFloat32, type WeightMap } from "../../core/weights/mod.ts";
import { type EmbeddedDecoder, TAIL_FROM } from "./mb3_large_075_decoders.ts";

/** The name of a backbone's block: blocks that belong to a decoder have names of their own. */
export function blockName({ ownTail }: EmbeddedDecoder): (block: number) => string {
  return (block) => `${ownTail && block >= TAIL_FROM ? "segment" : "backbone"}.block${block}`;
}

/**
 * Reads a decoder's weights.
 *
 * @throws {BneckError} (unusable model) when a file is missing or damaged.
 */
export async function decoderWeights({ files: { head, tail } }: EmbeddedDecoder): Promise<WeightSource[]> {
  const read = (path: string) => readWeights(fileURLToPath(new URL(`../weights/${path}`, import.meta.url)));
  const sources = [headSource(await read(head))];
  if (tail !== undefined) sources.push(tailSource(await read(tail)));
  return sources;
}

/** The head's file has torchvision's names, with BatchNorm folded. */
function headSource(weights: WeightMap): WeightSource {
  const layers: Record<string, string> = {
    "segment.reduce": "classifier.cbr.0",
    "segment.gate": "classifier.scale.1",
    "segment.high_classifier": "classifier.high_classifier",
    "segment.low_classifier": "classifier.low_classifier",
  };
  return renamed(weights, (layer) => layers[layer]);
}

/** The tail's file counts blocks from 0 and calls the two squeeze-and-excite convolutions 0 and 1. */
function tailSource(weights: WeightMap): WeightSource {
  return renamed(weights, (layer) => {
    const match = layer.match(/^segment\.block(\d+)\.(.+)$/);
    if (!match) return undefined;
    const part = match[2].replace("squeeze", "0").replace("excite", "1");
    return `MobilenetV3/expanded_conv_${Number(match[1]) - 1}.${part}`;
  });
}

function renamed(weights: WeightMap, layerName: (layer: string) => string | undefined): WeightSource {
  return (name) => {
    const dot = name.lastIndexOf(".");
    const layer = layerName(name.slice(0, dot));
    const tensor = layer && weights.get(`${layer}${name.slice(dot)}`);
    return tensor ? { shape: tensor.shape, data: toFloat32(tensor) } : undefined;
  };
}

/**
 * Reads the weights of the detector and its backbone. The package does not export its models, so they are found from the
 * path of its main file.
 *
 * @throws {BneckError} (unusable model) when the package is not installed or its files are damaged.
 */
export async function detectorWeights(): Promise<WeightSource> {
  let main: string;
  try {
    main = createRequire(import.meta.url).resolve("@vladmandic/human");
  } catch (error) {
    throw modelError("the npm package @vladmandic/human is not installed: run `deno install`", error);
  }
  const root = main.slice(0, main.lastIndexOf("/dist/"));
  return tensorflowSource((await readTfjsModel(`${root}/models/centernet.json`)).weights);
}

/**
 * Gives the tensors of `centernet.json` the names of our graph: a TensorFlow.js graph model whose BatchNorm is folded and
 * whose kernels are `[height, width, in, out]`.
 */
function tensorflowSource(weights: WeightMap): WeightSource {
  return (name) => {
    const names = tensorflowName(name);
    const tensor = names && weights.get(names);
    if (!tensor) return undefined;
    const data = toFloat32(tensor);
    if (tensor.shape.length !== 4) return { shape: tensor.shape, data };
    return name.includes(".depthwise.") ? fromHwci(tensor.shape, data) : fromHwio(tensor.shape, data);
  };
}

/** The TensorFlow name of one of our parameters, or `undefined` where the file has no such tensor. */
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
