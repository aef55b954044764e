/** SSDLite detectors, as table 6 of the MobileNetV3 paper counts them. */
import { mnasNet, mobileNetV1, mobileNetV2, mobileNetV3, type Taps } from "../../core/backbones/mod.ts";
import type { GraphBuilder, Value } from "../../core/graph/mod.ts";
import { ssdLite, tensorflowAnchors } from "../../heads/mod.ts";
import { COCO } from "./classes.ts";
import { decimal } from "./classification.ts";
import type { DetectionNetwork } from "./definition.ts";

/** The rows that the paper copied from MobileNetV2's are counted with 80. */
const COCO_OF_V2_PAPER = 80;

/** SSDLite on MobileNetV3. */
export function ssdLiteMobileNetV3(
  size: "large" | "small",
  tail: "full" | "detection" = "full",
): DetectionNetwork {
  const name = size === "large" ? "Large" : "Small";
  const reduced = tail === "detection";
  return detector({
    name: `ssdlite-mobilenetv3-${size}${reduced ? "-reduced" : ""}`,
    summary: `SSDLite on MobileNetV3-${name}${reduced ? ", channels halved between C4 and C5" : ""}`,
    backbone: (g, image) => mobileNetV3(g, image, { size, tail }),
  });
}

/** SSDLite on MobileNetV2. */
export function ssdLiteMobileNetV2(width: number): DetectionNetwork {
  return detector({
    name: `ssdlite-mobilenetv2-${decimal(width)}`,
    summary: `SSDLite on MobileNetV2, width ${decimal(width)}`,
    width,
    classes: width === 1 ? COCO_OF_V2_PAPER : COCO,
    backbone: (g, image) => mobileNetV2(g, image, { width, narrowHead: true }),
  });
}

/** SSDLite on MobileNetV1. */
export function ssdLiteMobileNetV1(): DetectionNetwork {
  return detector({
    name: "ssdlite-mobilenetv1",
    summary: "SSDLite on MobileNetV1",
    classes: COCO_OF_V2_PAPER,
    backbone: (g, image) => mobileNetV1(g, image),
  });
}

/** SSDLite on MnasNet-A1. */
export function ssdLiteMnasNet(width: number): DetectionNetwork {
  return detector({
    name: `ssdlite-mnasnet-a1-${decimal(width)}`,
    summary: `SSDLite on MnasNet-A1, width ${decimal(width)}`,
    width,
    backbone: (g, image) => mnasNet(g, image, { variant: "A1", width, scaleHead: true }),
  });
}

function detector({ name, summary, backbone, width = 1, classes = COCO }: {
  readonly name: string;
  readonly summary: string;
  readonly backbone: (g: GraphBuilder, image: Value) => Taps;
  readonly width?: number;
  readonly classes?: number;
}): DetectionNetwork {
  return {
    task: "detect",
    name,
    summary,
    size: [320, 320],
    classes,
    backbone,
    head: (classes) => ssdLite({ classes, width, anchors: tensorflowAnchors() }),
  };
}
