/** fastseg's segmentation networks; parameter shapes equal its `state_dict`'s. */
import { mobileNetV3, type MobileNetV3Options } from "../../core/backbones/mod.ts";
import { lrAsppFastseg, MIN_FASTSEG_SIDE } from "../../heads/mod.ts";
import { CITYSCAPES } from "./classes.ts";
import type { SegmentationNetwork } from "./definition.ts";

/** MobileNetV3 as TensorFlow trained it, dilated as torchvision dilates. */
const TRUNK: Omit<MobileNetV3Options, "size"> = {
  convention: "paper",
  epsilon: 1e-3,
  outputStride: 8,
  dilation: "torchvision",
};

/**
 * A fastseg network.
 *
 * @param filters the channels of its decoder.
 * @param width of the backbone; those that are published have 1.
 */
export function fastsegNetwork(size: "large" | "small", filters: number, width = 1): SegmentationNetwork {
  const name = size === "large" ? "Large" : "Small";
  return {
    task: "segment",
    name: `fastseg-${size}-f${filters}`,
    summary: `fastseg's decoder with ${filters} filters on MobileNetV3-${name}, output stride 8`,
    size: [1024, 2048],
    minSide: {
      side: MIN_FASTSEG_SIDE,
      reason: "the decoder pools windows of 49×49 cells of 8 pixels",
    },
    classes: CITYSCAPES,
    backbone: (g, image) => mobileNetV3(g, image, { size, width, ...TRUNK }),
    head: (classes) =>
      lrAsppFastseg({ classes, high: "C5", middle: size === "large" ? "C1.end" : "C1", low: "C0", filters }),
  };
}

/** The networks that fastseg publishes weights for. */
export const FASTSEG_NETWORKS: readonly SegmentationNetwork[] = [
  fastsegNetwork("large", 256),
  fastsegNetwork("large", 128),
  fastsegNetwork("small", 256),
  fastsegNetwork("small", 128),
  fastsegNetwork("small", 64),
];
