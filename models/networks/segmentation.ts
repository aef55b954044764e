/** Segmentation networks, as tables 7 and 8 of the MobileNetV3 paper count them. */
import {
  mobileNetV2,
  type MobileNetV2Options,
  mobileNetV3,
  type OutputStride,
} from "../../core/backbones/mod.ts";
import { lrAspp, rAspp } from "../../heads/mod.ts";
import { CITYSCAPES } from "./classes.ts";
import { decimal } from "./classification.ts";
import type { SegmentationNetwork } from "./definition.ts";

/** The paper says 1024×2048; its counts fit DeepLab's crops, which are one pixel larger. */
export const CITYSCAPES_SIZE = [1025, 2049] as const;

/** Half of it along each side. */
export const CITYSCAPES_HALF_SIZE = [513, 1025] as const;

/** A row of table 7 or 8. */
export interface CityscapesOptions {
  readonly backbone: "v2" | "v3-large" | "v3-small";
  /** MobileNetV2's width multiplier. @default {1} */
  readonly width?: number;
  /** RF2: halves the channels of the last blocks. */
  readonly reduced: boolean;
  /** SH: R-ASPP or the lighter LR-ASPP. */
  readonly head: "R" | "LR";
  /** F: the channels of the head. */
  readonly filters: number;
  /** @default {16} */
  readonly outputStride?: OutputStride;
}

/** R-ASPP or LR-ASPP on MobileNetV2 or -V3. */
export function cityscapesNetwork(options: CityscapesOptions): SegmentationNetwork {
  const { backbone, width = 1, reduced, head, filters, outputStride = 16 } = options;
  const isV2 = backbone === "v2";
  const trunk = isV2
    ? `mobilenetv2${width === 1 ? "" : `-${decimal(width)}`}`
    : `mobilenetv3-${backbone.slice("v3-".length)}`;
  const parts = [
    head === "R" ? "raspp" : "lraspp",
    trunk,
    ...(reduced ? ["rf2"] : []),
    `f${filters}`,
    ...(outputStride === 16 ? [] : [`os${outputStride}`]),
  ];
  const decoder = head === "R" ? "R-ASPP" : "LR-ASPP";
  const tail = reduced ? "segmentation" : "full";
  const v2: MobileNetV2Options = { width, outputStride, tail, head: false };
  // MobileNetV2 is cut before its last 1×1 convolution, MobileNetV3 is not.
  const high = isV2 ? "C4.end" : "C5";
  return {
    task: "segment",
    name: parts.join("-"),
    summary: `${decoder} with ${filters} filters on ${trunk}` +
      `${reduced ? ", last blocks halved" : ""}, output stride ${outputStride}`,
    size: CITYSCAPES_SIZE,
    classes: CITYSCAPES,
    backbone: (g, image) =>
      isV2
        ? mobileNetV2(g, image, v2)
        : mobileNetV3(g, image, { size: backbone === "v3-large" ? "large" : "small", outputStride, tail }),
    head: (classes) =>
      head === "R"
        ? rAspp({ classes, features: high, filters })
        : lrAspp({ classes, high, low: "C2.end.depthwise", filters, gateBias: true }),
  };
}
