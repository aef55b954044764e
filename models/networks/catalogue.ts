/** Every network that can be named, counted and measured without weights. */
import {
  mnasNetClassifier,
  mobileNetV1Classifier,
  mobileNetV2Classifier,
  mobileNetV3Classifier,
  proxylessNasClassifier,
} from "./classification.ts";
import { D_LI14_NETWORKS } from "./d_li14.ts";
import type { NetworkDefinition } from "./definition.ts";
import { ssdLiteMnasNet, ssdLiteMobileNetV1, ssdLiteMobileNetV2, ssdLiteMobileNetV3 } from "./detection.ts";
import { FASTSEG_NETWORKS } from "./fastseg.ts";
import { cityscapesNetwork, type CityscapesOptions } from "./segmentation.ts";
import { TIMM_NETWORKS } from "./timm.ts";
import { TORCHVISION_NETWORKS, torchvisionMobileNetV2, torchvisionMobileNetV3 } from "./torchvision.ts";

/** A network that is defined for every width; `NAME-WIDTH` names one of them. */
interface Family {
  readonly name: string;
  /** The widths that the catalogue lists. */
  readonly widths: readonly number[];
  define(width: number): NetworkDefinition;
}

const CLASSIFIERS: readonly Family[] = [
  ...(["large", "small"] as const).map((size): Family => ({
    name: `mobilenetv3-${size}`,
    widths: [0.35, 0.5, 0.75, 1, 1.25],
    define: (width) => mobileNetV3Classifier({ size, width }),
  })),
  { name: "mobilenetv2", widths: [0.35, 0.5, 1], define: mobileNetV2Classifier },
  { name: "mobilenetv1", widths: [1], define: mobileNetV1Classifier },
  ...(["A1", "B1", "small"] as const).map((variant): Family => ({
    name: `mnasnet-${variant.toLowerCase()}`,
    widths: [1],
    define: (width) => mnasNetClassifier(variant, width),
  })),
  ...(["large", "small"] as const).map((size): Family => ({
    name: `mobilenet_v3_${size}`,
    widths: [],
    define: (width) => torchvisionMobileNetV3(size, width),
  })),
  { name: "mobilenet_v2", widths: [], define: torchvisionMobileNetV2 },
];

const DETECTORS: readonly Family[] = [
  { name: "ssdlite-mobilenetv2", widths: [0.35, 0.5, 1], define: ssdLiteMobileNetV2 },
  { name: "ssdlite-mnasnet-a1", widths: [0.35, 0.5, 1], define: ssdLiteMnasNet },
];

/** The rows of table 7 and those that table 8 adds, in their order. */
const CITYSCAPES: readonly CityscapesOptions[] = [
  { backbone: "v2", reduced: false, head: "R", filters: 256 },
  { backbone: "v2", reduced: true, head: "R", filters: 256 },
  { backbone: "v2", reduced: true, head: "LR", filters: 256 },
  { backbone: "v2", reduced: true, head: "LR", filters: 128 },
  { backbone: "v3-large", reduced: false, head: "R", filters: 256 },
  { backbone: "v3-large", reduced: true, head: "R", filters: 256 },
  { backbone: "v3-large", reduced: true, head: "LR", filters: 256 },
  { backbone: "v3-large", reduced: true, head: "LR", filters: 128 },
  { backbone: "v2", width: 0.5, reduced: true, head: "LR", filters: 128 },
  { backbone: "v2", width: 0.35, reduced: true, head: "LR", filters: 128 },
  { backbone: "v3-small", reduced: true, head: "LR", filters: 128 },
  { backbone: "v3-large", reduced: true, head: "LR", filters: 128, outputStride: 32 },
  { backbone: "v3-small", reduced: true, head: "LR", filters: 128, outputStride: 32 },
];

/** The widest multiplier that a name may ask for: beyond it parameters run into billions. */
const MAX_WIDTH = 8;

/** Every listed network: classifiers, detectors, segmentation networks; then those of other projects. */
export const NETWORKS: readonly NetworkDefinition[] = [
  ...CLASSIFIERS.flatMap(listed),
  mobileNetV3Classifier({ size: "large", minimalistic: true }),
  mobileNetV3Classifier({ size: "small", minimalistic: true }),
  ...(["mobile", "cpu", "gpu"] as const).map(proxylessNasClassifier),
  ssdLiteMobileNetV1(),
  ...DETECTORS.flatMap(listed),
  ...(["large", "small"] as const).flatMap((size) => [
    ssdLiteMobileNetV3(size),
    ssdLiteMobileNetV3(size, "detection"),
  ]),
  ...CITYSCAPES.map(cityscapesNetwork),
  ...TORCHVISION_NETWORKS,
  ...TIMM_NETWORKS,
  ...FASTSEG_NETWORKS,
  ...D_LI14_NETWORKS,
];

const BY_NAME = new Map(NETWORKS.map((network) => [network.name, network]));

/**
 * The network of a name: one that is listed, or a family's at any other width.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { findNetwork } from "./catalogue.ts";
 * assert.equal(findNetwork("mobilenetv2-1.4")?.summary, "MobileNetV2, width 1.4");
 * assert.equal(findNetwork("mobilenetv9"), undefined);
 * ```
 */
export function findNetwork(name: string): NetworkDefinition | undefined {
  const listed = BY_NAME.get(name);
  if (listed) return listed;
  const [, family, width] = name.match(/^(.+)-(\d+(?:\.\d+)?)$/) ?? [];
  const known = [...CLASSIFIERS, ...DETECTORS].find((candidate) => candidate.name === family);
  const multiplier = Number(width);
  return known && multiplier > 0 && multiplier <= MAX_WIDTH ? known.define(multiplier) : undefined;
}

function listed({ widths, define }: Family): NetworkDefinition[] {
  return widths.map((width) => define(width));
}
