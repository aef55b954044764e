/** timm's networks under timm's names; parameter shapes equal its `state_dict`'s. */
import {
  mnasNet,
  type MnasNetOptions,
  mobileNetV2,
  mobileNetV3,
  mobileNetV3Channels,
  type MobileNetV3Options,
} from "../../core/backbones/mod.ts";
import { classifier } from "../../heads/mod.ts";
import { IMAGENET } from "./classes.ts";
import type { ClassificationNetwork } from "./definition.ts";

/** Networks that were trained in PyTorch. */
const TRAINED_IN_PYTORCH = { padding: "symmetric", epsilon: 1e-5 } as const;

/** `tf_…`: trained in TensorFlow. */
const TRAINED_IN_TENSORFLOW = { padding: "same", epsilon: 1e-3 } as const;

/** Below this width timm leaves the stem of MobileNetV3 as it is. */
const MIN_STEM_WIDTH = 0.75;

/** What distinguishes timm's MobileNetV3s. */
export interface TimmMobileNetV3 {
  readonly size: "large" | "small";
  /** @default {1} */
  readonly width?: number;
  /** @default {false} */
  readonly minimalistic?: boolean;
  /** Whether the weights come from TensorFlow (`tf_`). @default {false} */
  readonly tensorflow?: boolean;
}

/** `mobilenetv3_large_100`, `tf_mobilenetv3_small_minimal_100` and the like. */
export function timmMobileNetV3(variant: TimmMobileNetV3): ClassificationNetwork {
  const { size, width = 1, minimalistic = false, tensorflow = false } = variant;
  const options: MobileNetV3Options = {
    size,
    width,
    minimalistic,
    convention: "paper",
    stem: width < MIN_STEM_WIDTH ? 16 : undefined,
    ...(tensorflow ? TRAINED_IN_TENSORFLOW : TRAINED_IN_PYTORCH),
  };
  const last = {
    channels: mobileNetV3Channels(options).last,
    activation: minimalistic ? "relu" : "h-swish",
  } as const;
  return {
    ...COMMON,
    name: `${tensorflow ? "tf_" : ""}mobilenetv3_${size}${minimalistic ? "_minimal" : ""}_${percent(width)}`,
    summary: `timm's MobileNetV3-${size === "large" ? "Large" : "Small"}` +
      `${minimalistic ? " minimalistic" : ""}${widthText(width)}${tensorflow ? ", from TensorFlow" : ""}`,
    backbone: (g, image) => mobileNetV3(g, image, options),
    head: (classes) => classifier({ classes, last }),
  };
}

/** `mobilenetv2_100` and the like. */
function timmMobileNetV2(width = 1): ClassificationNetwork {
  return {
    ...COMMON,
    name: `mobilenetv2_${percent(width)}`,
    summary: `timm's MobileNetV2${widthText(width)}`,
    backbone: (g, image) => mobileNetV2(g, image, { width, ...TRAINED_IN_PYTORCH }),
    head: (classes) => classifier({ classes }),
  };
}

/** `mnasnet_100` (B1), `semnasnet_100` (A1) and `mnasnet_small`. */
export function timmMnasNet(variant: MnasNetOptions["variant"], width = 1): ClassificationNetwork {
  return {
    ...COMMON,
    name: variant === "small"
      ? `mnasnet_small${width === 1 ? "" : `_${percent(width)}`}`
      : `${variant === "A1" ? "semnasnet" : "mnasnet"}_${percent(width)}`,
    summary: `timm's MnasNet-${variant}${widthText(width)}`,
    backbone: (g, image) => mnasNet(g, image, { variant, width, ...TRAINED_IN_PYTORCH }),
    head: (classes) => classifier({ classes }),
  };
}

const COMMON = { task: "classify", size: [224, 224], classes: IMAGENET } as const;

/** timm's networks with the layers of the papers; its deeper ones (`…_110d`, `…_150d`) are not among them. */
export const TIMM_NETWORKS: readonly ClassificationNetwork[] = [
  timmMobileNetV3({ size: "large", width: 0.75 }),
  timmMobileNetV3({ size: "large" }),
  timmMobileNetV3({ size: "small", width: 0.5 }),
  timmMobileNetV3({ size: "small", width: 0.75 }),
  timmMobileNetV3({ size: "small" }),
  timmMobileNetV3({ size: "large", width: 0.75, tensorflow: true }),
  timmMobileNetV3({ size: "large", tensorflow: true }),
  timmMobileNetV3({ size: "large", minimalistic: true, tensorflow: true }),
  timmMobileNetV3({ size: "small", width: 0.75, tensorflow: true }),
  timmMobileNetV3({ size: "small", tensorflow: true }),
  timmMobileNetV3({ size: "small", minimalistic: true, tensorflow: true }),
  ...[0.35, 0.5, 0.75, 1, 1.4].map(timmMobileNetV2),
  ...[0.5, 0.75, 1, 1.4].map((width) => timmMnasNet("B1", width)),
  ...[0.5, 0.75, 1, 1.4].map((width) => timmMnasNet("A1", width)),
  timmMnasNet("small"),
];

/** 0.75 as `075`. */
function percent(width: number): string {
  return String(Math.round(width * 100)).padStart(3, "0");
}

function widthText(width: number): string {
  return width === 1 ? "" : `, width ${width}`;
}
