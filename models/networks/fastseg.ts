/** fastseg's segmentation networks; parameter shapes equal its `state_dict`'s. */
import { mobileNetV3, type MobileNetV3Options } from "../../core/backbones/mod.ts";
import { lrAsppFastseg } from "../../heads/mod.ts";
import type { SegmentationNetwork } from "./definition.ts";

/** The classes that Cityscapes evaluates. */
const CITYSCAPES = 19;

/** MobileNetV3 as TensorFlow trained it, dilated as torchvision dilates. */
const TRUNK: Omit<MobileNetV3Options, "size"> = {
  convention: "torchvision",
  padding: "same",
  epsilon: 1e-3,
  outputStride: 8,
};

/** A fastseg network: `filters` are its F. */
export function fastsegNetwork(size: "large" | "small", filters: number): SegmentationNetwork {
  return {
    task: "segment",
    name: `fastseg-${size}-f${filters}`,
    summary:
      `fastseg's decoder with ${filters} filters on MobileNetV3-${size === "large" ? "Large" : "Small"}, ` +
      "output stride 8",
    size: [1024, 2048],
    classes: CITYSCAPES,
    backbone: (g, image) => mobileNetV3(g, image, { size, ...TRUNK }),
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
