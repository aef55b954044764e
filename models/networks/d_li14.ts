/** The MobileNetV3s of github.com/d-li14/mobilenetv3.pytorch; parameter shapes equal its `state_dict`'s. */
import { mobileNetV3, mobileNetV3Channels, type MobileNetV3Options } from "../../core/backbones/mod.ts";
import { classifier } from "../../heads/mod.ts";
import { IMAGENET } from "./classes.ts";
import { decimal } from "./classification.ts";
import type { ClassificationNetwork } from "./definition.ts";

/** MobileNetV3 whose blocks squeeze and excite before the depthwise activation. */
export function dLi14MobileNetV3(size: "large" | "small", width = 1): ClassificationNetwork {
  const options: MobileNetV3Options = {
    size,
    width,
    convention: "paper",
    padding: "symmetric",
    epsilon: 1e-5,
    exciteFirst: true,
  };
  const last = { channels: mobileNetV3Channels(options).last, activation: "h-swish" } as const;
  return {
    task: "classify",
    name: `d-li14-mobilenetv3-${size}-${decimal(width)}`,
    summary: `d-li14's MobileNetV3-${size === "large" ? "Large" : "Small"}${
      width === 1 ? "" : `, width ${decimal(width)}`
    }`,
    size: [224, 224],
    classes: IMAGENET,
    backbone: (g, image) => mobileNetV3(g, image, options),
    head: (classes) => classifier({ classes, last }),
  };
}

/** The networks that d-li14 publishes weights for. */
export const D_LI14_NETWORKS: readonly ClassificationNetwork[] = [
  dLi14MobileNetV3("large"),
  dLi14MobileNetV3("large", 0.75),
  dLi14MobileNetV3("small"),
  dLi14MobileNetV3("small", 0.75),
];
