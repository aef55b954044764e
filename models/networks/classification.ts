/** Classifiers, as their authors define and count them. */
import {
  mnasNet,
  mobileNetV1,
  mobileNetV2,
  mobileNetV3,
  mobileNetV3Channels,
  type MobileNetV3Options,
  proxylessNas,
} from "../../core/backbones/mod.ts";
import { classifier } from "../../heads/mod.ts";
import { IMAGENET } from "./classes.ts";
import type { ClassificationNetwork } from "./definition.ts";

/** The size at which the papers count classifiers. */
const SIZE = [224, 224] as const;

/** MobileNetV3, whose classifier has a layer before the classes; the multiplier does not change it. */
export function mobileNetV3Classifier(options: MobileNetV3Options): ClassificationNetwork {
  const { size, width = 1, minimalistic = false } = options;
  const name = size === "large" ? "Large" : "Small";
  const last = {
    channels: mobileNetV3Channels(options).last,
    activation: minimalistic ? "relu" : "h-swish",
  } as const;
  return {
    task: "classify",
    name: minimalistic ? `mobilenetv3-${size}-minimalistic` : `mobilenetv3-${size}-${decimal(width)}`,
    summary: minimalistic
      ? `MobileNetV3-${name} with 3×3 kernels, ReLU and no squeeze-and-excite`
      : `MobileNetV3-${name}, width ${decimal(width)}`,
    size: SIZE,
    classes: IMAGENET,
    backbone: (g, image) => mobileNetV3(g, image, options),
    head: (classes) => classifier({ classes, last }),
  };
}

/** MobileNetV2. */
export function mobileNetV2Classifier(width: number): ClassificationNetwork {
  return {
    task: "classify",
    name: `mobilenetv2-${decimal(width)}`,
    summary: `MobileNetV2, width ${decimal(width)}`,
    size: SIZE,
    classes: IMAGENET,
    backbone: (g, image) => mobileNetV2(g, image, { width }),
    head: (classes) => classifier({ classes }),
  };
}

/** MobileNetV1. */
export function mobileNetV1Classifier(width: number): ClassificationNetwork {
  return {
    task: "classify",
    name: `mobilenetv1-${decimal(width)}`,
    summary: `MobileNetV1, width ${decimal(width)}`,
    size: SIZE,
    classes: IMAGENET,
    backbone: (g, image) => mobileNetV1(g, image, { width }),
    head: (classes) => classifier({ classes }),
  };
}

/** MnasNet-A1, -B1 and -small. */
export function mnasNetClassifier(variant: "A1" | "B1" | "small", width = 1): ClassificationNetwork {
  const name = `mnasnet-${variant.toLowerCase()}`;
  return {
    task: "classify",
    name: width === 1 ? name : `${name}-${decimal(width)}`,
    summary: `MnasNet-${variant}${width === 1 ? "" : `, width ${decimal(width)}`}`,
    size: SIZE,
    classes: IMAGENET,
    backbone: (g, image) => mnasNet(g, image, { variant, width }),
    head: (classes) => classifier({ classes }),
  };
}

/** ProxylessNAS, searched for a phone, a CPU or a GPU. */
export function proxylessNasClassifier(target: "mobile" | "cpu" | "gpu"): ClassificationNetwork {
  return {
    task: "classify",
    name: `proxylessnas-${target}`,
    summary: `ProxylessNAS searched for ${{ mobile: "a phone", cpu: "a CPU", gpu: "a GPU" }[target]}`,
    size: SIZE,
    classes: IMAGENET,
    backbone: (g, image) => proxylessNas(g, image, { target }),
    head: (classes) => classifier({ classes }),
  };
}

/** 1 as `1.0`, so that a width looks like one. */
export function decimal(width: number): string {
  return Number.isInteger(width) ? width.toFixed(1) : String(width);
}
