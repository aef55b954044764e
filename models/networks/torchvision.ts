/** torchvision's networks under torchvision's names; parameter shapes equal its `state_dict`'s. */
import {
  mnasNet,
  mobileNetV2,
  mobileNetV3,
  mobileNetV3Channels,
  type MobileNetV3Options,
} from "../../core/backbones/mod.ts";
import type { GraphBuilder, Value } from "../../core/graph/mod.ts";
import { classifier, deepLabV3, lrAspp, ssdLite, torchvisionAnchors } from "../../heads/mod.ts";
import { COCO, IMAGENET, VOC } from "./classes.ts";
import { decimal } from "./classification.ts";
import type {
  ClassificationNetwork,
  DetectionNetwork,
  NetworkDefinition,
  SegmentationNetwork,
} from "./definition.ts";

const CONVENTION = { convention: "torchvision" } as const;

/** `mobilenet_v3_large` and `mobilenet_v3_small`; their `width_mult` scales the last layer too. */
export function torchvisionMobileNetV3(size: "large" | "small", width = 1): ClassificationNetwork {
  const options: MobileNetV3Options = { size, width, ...CONVENTION };
  const last = { channels: mobileNetV3Channels(options).last, activation: "h-swish" } as const;
  return {
    task: "classify",
    name: `mobilenet_v3_${size}${suffix(width)}`,
    summary: `torchvision's MobileNetV3-${size === "large" ? "Large" : "Small"}${widthText(width)}`,
    size: [224, 224],
    classes: IMAGENET,
    backbone: (g, image) => mobileNetV3(g, image, options),
    head: (classes) => classifier({ classes, last }),
  };
}

/** `mobilenet_v2`. */
export function torchvisionMobileNetV2(width = 1): ClassificationNetwork {
  return {
    task: "classify",
    name: `mobilenet_v2${suffix(width)}`,
    summary: `torchvision's MobileNetV2${widthText(width)}`,
    size: [224, 224],
    classes: IMAGENET,
    backbone: (g, image) => mobileNetV2(g, image, { width, ...CONVENTION }),
    head: (classes) => classifier({ classes }),
  };
}

/** `mnasnet0_5`, `mnasnet0_75`, `mnasnet1_0` and `mnasnet1_3`. */
export function torchvisionMnasNet(width: number): ClassificationNetwork {
  return {
    task: "classify",
    name: `mnasnet${decimal(width).replace(".", "_")}`,
    summary: `torchvision's MnasNet-B1, width ${decimal(width)}`,
    size: [224, 224],
    classes: IMAGENET,
    backbone: (g, image) => mnasNet(g, image, { variant: "B1", width, ...CONVENTION }),
    head: (classes) => classifier({ classes }),
  };
}

/**
 * `ssdlite320_mobilenet_v3_large`. Its `width_mult` scales the backbone and leaves the head's own maps as they are.
 *
 * @param headWidth scales those, as the `width_mult` of `SSDLiteFeatureExtractorMobileNet` does.
 */
export function torchvisionSsdLite(width = 1, headWidth = 1): DetectionNetwork {
  return {
    task: "detect",
    name: `ssdlite320_mobilenet_v3_large${suffix(width)}`,
    summary: "torchvision's SSDLite on MobileNetV3-Large with halved tail, six anchors on every map" +
      widthText(width),
    size: [320, 320],
    classes: COCO,
    backbone: (g, image) => mobileNetV3(g, image, { size: "large", width, tail: "detection", ...CONVENTION }),
    head: (classes) =>
      ssdLite({ classes, width: headWidth, anchors: torchvisionAnchors(), padding: "symmetric" }),
  };
}

/** `lraspp_mobilenet_v3_large`. */
export function torchvisionLrAspp(width = 1): SegmentationNetwork {
  return {
    ...segmentation("lraspp", width),
    summary: `torchvision's LR-ASPP on MobileNetV3-Large${widthText(width)}`,
    head: (classes) => lrAspp({ classes, high: "C5", low: "C2" }),
  };
}

/** `deeplabv3_mobilenet_v3_large`. */
export function torchvisionDeepLab(width = 1): SegmentationNetwork {
  return {
    ...segmentation("deeplabv3", width),
    summary:
      "torchvision's DeepLabV3 on MobileNetV3-Large, with the auxiliary classifier it is published with" +
      widthText(width),
    head: (classes) => deepLabV3({ classes, features: "C5", auxiliary: "C2" }),
  };
}

/** The backbone of the segmentation networks is dilated, with nothing halved. */
function segmentation(head: string, width: number) {
  return {
    task: "segment",
    name: `${head}_mobilenet_v3_large${suffix(width)}`,
    size: [520, 520],
    classes: VOC,
    backbone: (g: GraphBuilder, image: Value) =>
      mobileNetV3(g, image, { size: "large", width, outputStride: 16, ...CONVENTION }),
  } as const;
}

/** The networks that torchvision publishes weights for. */
export const TORCHVISION_NETWORKS: readonly NetworkDefinition[] = [
  torchvisionMobileNetV3("large"),
  torchvisionMobileNetV3("small"),
  torchvisionMobileNetV2(),
  ...[0.5, 0.75, 1, 1.3].map((width) => torchvisionMnasNet(width)),
  torchvisionSsdLite(),
  torchvisionLrAspp(),
  torchvisionDeepLab(),
];

function suffix(width: number): string {
  return width === 1 ? "" : `-${decimal(width)}`;
}

function widthText(width: number): string {
  return width === 1 ? "" : `, width ${decimal(width)}`;
}
