/** The weights that d-li14 publishes. */
import type { PublishedWeights } from "./published.ts";

const FILES: readonly (readonly [architecture: string, file: string, top1: number, top5: number])[] = [
  ["d-li14-mobilenetv3-large-1.0", "mobilenetv3-large-1cd25616.pth", 0.7428, 0.91928],
  ["d-li14-mobilenetv3-large-0.75", "mobilenetv3-large-0.75-9632d2a8.pth", 0.72842, 0.90846],
  ["d-li14-mobilenetv3-small-1.0", "mobilenetv3-small-55df8e1f.pth", 0.67214, 0.87304],
  ["d-li14-mobilenetv3-small-0.75", "mobilenetv3-small-0.75-86c972c3.pth", 0.64876, 0.85498],
];

/** d-li14's MobileNetV3s. */
export const D_LI14_WEIGHTS: readonly PublishedWeights[] = FILES.map(([architecture, file, top1, top5]) => ({
  architecture,
  tag: "imagenet1k",
  isDefault: true,
  url: `https://github.com/d-li14/mobilenetv3.pytorch/raw/master/pretrained/${file}`,
  sha256: file.match(/-([0-9a-f]+)\.pth$/)![1],
  metrics: [
    { dataset: "ImageNet val", metric: "top-1", value: top1, source: "d-li14" },
    { dataset: "ImageNet val", metric: "top-5", value: top5, source: "d-li14" },
  ],
  licence: "MIT",
  note: "trained on ImageNet, whose images are for non-commercial research and education",
  source: "d-li14, github.com/d-li14/mobilenetv3.pytorch",
  verified:
    "address and metrics against the project's README, the digest is the one in the file's name, names, " +
    "shapes and arithmetic with random weights against its definition (docs/parity.md)",
}));
