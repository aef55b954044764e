/**
 * The networks of the MobileNetV3 paper (arXiv 1905.02244v5): its own and those that its tables compare them with, as
 * their authors define and count them. No weights are read for them.
 */
import {
  mnasNet,
  mobileNetV1,
  mobileNetV2,
  mobileNetV3,
  mobileNetV3Channels,
  type MobileNetV3Options,
  type OutputStride,
  proxylessNas,
} from "../../core/backbones/mod.ts";
import { lrAspp, rAspp, ssdLite, tensorflowAnchors } from "../../heads/mod.ts";
import {
  type Backbone,
  CLASSES,
  type ClassificationNetwork,
  decimal,
  type DetectionNetwork,
  imageNetClassifier,
  type NetworkDefinition,
  type SegmentationNetwork,
  widthText,
} from "../networks/definition.ts";
import type { NetworkFamily, ZooProject } from "../networks/project.ts";
import { CITYSCAPES_SIZE } from "./paper_tables.ts";

/** MobileNetV3, whose classifier has a layer before the classes; the multiplier does not change it. */
export function mobileNetV3Classifier(options: MobileNetV3Options): ClassificationNetwork {
  const { size, width = 1, minimalistic = false } = options;
  const title = `MobileNetV3-${size === "large" ? "Large" : "Small"}`;
  return imageNetClassifier(
    minimalistic ? `mobilenetv3-${size}-minimalistic` : `mobilenetv3-${size}-${decimal(width)}`,
    minimalistic
      ? `${title} with 3×3 kernels, ReLU and no squeeze-and-excite`
      : `${title}, width ${decimal(width)}`,
    (g, image) => mobileNetV3(g, image, options),
    { channels: mobileNetV3Channels(options).last, activation: minimalistic ? "relu" : "h-swish" },
  );
}

function mobileNetV2Classifier(width: number): ClassificationNetwork {
  return imageNetClassifier(
    `mobilenetv2-${decimal(width)}`,
    `MobileNetV2, width ${decimal(width)}`,
    (g, image) => mobileNetV2(g, image, { width }),
  );
}

function mobileNetV1Classifier(width: number): ClassificationNetwork {
  return imageNetClassifier(
    `mobilenetv1-${decimal(width)}`,
    `MobileNetV1, width ${decimal(width)}`,
    (g, image) => mobileNetV1(g, image, { width }),
  );
}

function mnasNetClassifier(variant: "A1" | "B1" | "small", width: number): ClassificationNetwork {
  const name = `mnasnet-${variant.toLowerCase()}`;
  return imageNetClassifier(
    width === 1 ? name : `${name}-${decimal(width)}`,
    `MnasNet-${variant}${widthText(width)}`,
    (g, image) => mnasNet(g, image, { variant, width }),
  );
}

function proxylessNasClassifier(target: "mobile" | "cpu" | "gpu", device: string): ClassificationNetwork {
  return imageNetClassifier(
    `proxylessnas-${target}`,
    `ProxylessNAS searched for ${device}`,
    (g, image) => proxylessNas(g, image, { target }),
  );
}

/** Table 6's rows that the paper copied from MobileNetV2's are counted with 80 classes. */
const COCO_OF_V2_PAPER = 80;

/** SSDLite, as table 6 counts it. */
function detection(
  name: string,
  summary: string,
  backbone: Backbone,
  { width = 1, classes = CLASSES.coco }: { readonly width?: number; readonly classes?: number } = {},
): DetectionNetwork {
  return {
    task: "detect",
    name: `ssdlite-${name}`,
    summary: `SSDLite on ${summary}`,
    size: [320, 320],
    classes,
    backbone,
    head: (classes) => ssdLite({ classes, width, anchors: tensorflowAnchors() }),
  };
}

/** @param reduced † of table 6: halves the channels between C4 and C5. */
function ssdLiteMobileNetV3(size: "large" | "small", reduced: boolean): DetectionNetwork {
  return detection(
    `mobilenetv3-${size}${reduced ? "-reduced" : ""}`,
    `MobileNetV3-${size === "large" ? "Large" : "Small"}${
      reduced ? ", channels halved between C4 and C5" : ""
    }`,
    (g, image) => mobileNetV3(g, image, { size, tail: reduced ? "detection" : "full" }),
  );
}

function ssdLiteMobileNetV2(width: number): DetectionNetwork {
  return detection(
    `mobilenetv2-${decimal(width)}`,
    `MobileNetV2, width ${decimal(width)}`,
    (g, image) => mobileNetV2(g, image, { width, narrowHead: true }),
    { width, classes: width === 1 ? COCO_OF_V2_PAPER : undefined },
  );
}

function ssdLiteMnasNet(width: number): DetectionNetwork {
  return detection(
    `mnasnet-a1-${decimal(width)}`,
    `MnasNet-A1, width ${decimal(width)}`,
    (g, image) => mnasNet(g, image, { variant: "A1", width, scaleHead: true }),
    { width },
  );
}

/** A row of table 7 or 8, in the paper's columns. */
type CityscapesRow = readonly [
  backbone: "v2" | "v3-large" | "v3-small",
  /** Halves the channels of the last blocks. */
  rf2: boolean,
  /** The segmentation head: R-ASPP or the lighter LR-ASPP. */
  sh: "R" | "LR",
  /** The filters of the head. */
  f: number,
  /** @default {1} */
  width?: number,
  /** @default {16} */
  outputStride?: OutputStride,
];

/** The rows of table 7 and those that table 8 adds, in their order. */
// deno-fmt-ignore
const CITYSCAPES: readonly CityscapesRow[] = [
  ["v2",       false, "R",  256],
  ["v2",       true,  "R",  256],
  ["v2",       true,  "LR", 256],
  ["v2",       true,  "LR", 128],
  ["v3-large", false, "R",  256],
  ["v3-large", true,  "R",  256],
  ["v3-large", true,  "LR", 256],
  ["v3-large", true,  "LR", 128],
  ["v2",       true,  "LR", 128, 0.5],
  ["v2",       true,  "LR", 128, 0.35],
  ["v3-small", true,  "LR", 128],
  ["v3-large", true,  "LR", 128, 1, 32],
  ["v3-small", true,  "LR", 128, 1, 32],
];

/** R-ASPP or LR-ASPP on MobileNetV2 or -V3. */
function cityscapesNetwork(
  [backbone, rf2, sh, filters, width = 1, outputStride = 16]: CityscapesRow,
): SegmentationNetwork {
  const isV2 = backbone === "v2";
  const trunk = isV2
    ? `mobilenetv2${width === 1 ? "" : `-${decimal(width)}`}`
    : `mobilenetv3-${backbone.slice("v3-".length)}`;
  const decoder = `${sh.toLowerCase()}aspp`;
  const parts = [decoder, trunk, rf2 && "rf2", `f${filters}`, outputStride !== 16 && `os${outputStride}`];
  const tail = rf2 ? "segmentation" : "full";
  // MobileNetV2 is cut before its last 1×1 convolution, MobileNetV3 is not.
  const high = isV2 ? "C4.end" : "C5";
  return {
    task: "segment",
    name: parts.filter(Boolean).join("-"),
    summary: `${sh}-ASPP with ${filters} filters on ${trunk}${rf2 ? ", last blocks halved" : ""}, ` +
      `output stride ${outputStride}`,
    size: CITYSCAPES_SIZE,
    classes: CLASSES.cityscapes,
    backbone: (g, image) =>
      isV2
        ? mobileNetV2(g, image, { width, outputStride, tail, head: false })
        : mobileNetV3(g, image, { size: backbone === "v3-large" ? "large" : "small", outputStride, tail }),
    head: (classes) =>
      sh === "R"
        ? rAspp({ classes, features: high, filters })
        : lrAspp({ classes, high, low: "C2.end.depthwise", filters, gateBias: true }),
  };
}

/** A family, and those of its widths that are listed. */
type Family = readonly [
  name: string,
  define: (width: number) => NetworkDefinition,
  listed: readonly number[],
];

const CLASSIFIERS: readonly Family[] = [
  ...(["large", "small"] as const).map((size): Family => [
    `mobilenetv3-${size}`,
    (width) => mobileNetV3Classifier({ size, width }),
    [0.35, 0.5, 0.75, 1, 1.25],
  ]),
  ["mobilenetv2", mobileNetV2Classifier, [0.35, 0.5, 1]],
  ["mobilenetv1", mobileNetV1Classifier, [1]],
  ["mnasnet-a1", (width) => mnasNetClassifier("A1", width), [1]],
  ["mnasnet-b1", (width) => mnasNetClassifier("B1", width), [1]],
  ["mnasnet-small", (width) => mnasNetClassifier("small", width), [1]],
];

const DETECTORS: readonly Family[] = [
  ["ssdlite-mobilenetv2", ssdLiteMobileNetV2, [0.35, 0.5, 1]],
  ["ssdlite-mnasnet-a1", ssdLiteMnasNet, [0.35, 0.5, 1]],
];

const listed = ([, define, widths]: Family) => widths.map((width) => define(width));

const NETWORKS: readonly NetworkDefinition[] = [
  ...CLASSIFIERS.flatMap(listed),
  mobileNetV3Classifier({ size: "large", minimalistic: true }),
  mobileNetV3Classifier({ size: "small", minimalistic: true }),
  proxylessNasClassifier("mobile", "a phone"),
  proxylessNasClassifier("cpu", "a CPU"),
  proxylessNasClassifier("gpu", "a GPU"),
  detection("mobilenetv1", "MobileNetV1", (g, image) => mobileNetV1(g, image), { classes: COCO_OF_V2_PAPER }),
  ...DETECTORS.flatMap(listed),
  ssdLiteMobileNetV3("large", false),
  ssdLiteMobileNetV3("large", true),
  ssdLiteMobileNetV3("small", false),
  ssdLiteMobileNetV3("small", true),
  ...CITYSCAPES.map(cityscapesNetwork),
];

/** The networks of the paper. */
export const PAPER: ZooProject = {
  name: "the MobileNetV3 paper",
  networks: NETWORKS.map((network) => ({ network })),
  families: [...CLASSIFIERS, ...DETECTORS].map(([name, define]): NetworkFamily => ({
    name,
    define: (width) => ({ network: define(width) }),
  })),
};
