/** The weights that torchvision publishes. */
import type { PublishedMetric } from "../entry.ts";
import { classificationPreprocessing } from "../preprocessing.ts";
import type { PublishedWeights } from "./published.ts";

type Row = readonly [
  architecture: string,
  tag: string,
  isDefault: boolean,
  file: string,
  mebibytes: number,
  top1: number,
  top5: number,
  resize: 256 | 232,
];

// deno-fmt-ignore
const CLASSIFIERS: readonly Row[] = [
  ["mobilenet_v3_large", "imagenet1k_v1", false, "mobilenet_v3_large-8738ca79.pth", 21.114, 74.042, 91.340, 256],
  ["mobilenet_v3_large", "imagenet1k_v2", true, "mobilenet_v3_large-5c1a4163.pth", 21.107, 75.274, 92.566, 232],
  ["mobilenet_v3_small", "imagenet1k_v1", true, "mobilenet_v3_small-047dcff4.pth", 9.829, 67.668, 87.402, 256],
  ["mobilenet_v2", "imagenet1k_v1", false, "mobilenet_v2-b0353104.pth", 13.555, 71.878, 90.286, 256],
  ["mobilenet_v2", "imagenet1k_v2", true, "mobilenet_v2-7ebf99e0.pth", 13.598, 72.154, 90.822, 232],
  ["mnasnet0_5", "imagenet1k_v1", true, "mnasnet0.5_top1_67.823-3ffadce67e.pth", 8.591, 67.734, 87.490, 256],
  ["mnasnet0_75", "imagenet1k_v1", true, "mnasnet0_75-7090bc5f.pth", 12.303, 71.180, 90.496, 232],
  ["mnasnet1_0", "imagenet1k_v1", true, "mnasnet1.0_top1_73.512-f206786ef8.pth", 16.915, 73.456, 91.510, 256],
  ["mnasnet1_3", "imagenet1k_v1", true, "mnasnet1_3-a4c69d6f.pth", 24.246, 76.506, 93.522, 232],
];

const COMMON = {
  licence: "BSD 3-Clause",
  source: "torchvision",
  verified:
    "address, digest, size, metrics and preprocessing against torchvision 0.21.0's source, names and shapes " +
    "against its state_dict, arithmetic with random weights (docs/parity.md)",
} as const;

function file(name: string): Pick<PublishedWeights, "url" | "sha256"> {
  const sha256 = name.match(/-([0-9a-f]+)\.pth$/)![1];
  return { url: `https://download.pytorch.org/models/${name}`, sha256 };
}

function metrics(dataset: string, values: Readonly<Record<string, number>>): PublishedMetric[] {
  return Object.entries(values).map(([metric, percent]) => ({
    dataset,
    metric,
    // Percentages have at most three decimals.
    value: Number((percent / 100).toFixed(5)),
    source: "torchvision",
  }));
}

/** torchvision's classifiers, detector and segmentation networks. */
export const TORCHVISION_WEIGHTS: readonly PublishedWeights[] = [
  ...CLASSIFIERS.map(([architecture, tag, isDefault, name, mebibytes, top1, top5, resize]) => ({
    ...COMMON,
    architecture,
    tag,
    isDefault,
    ...file(name),
    mebibytes,
    preprocessing: classificationPreprocessing(resize, 224),
    metrics: metrics("ImageNet val", { "top-1": top1, "top-5": top5 }),
    note: "trained on ImageNet, whose images are for non-commercial research and education",
  })),
  {
    ...COMMON,
    architecture: "ssdlite320_mobilenet_v3_large",
    tag: "coco_v1",
    isDefault: true,
    ...file("ssdlite320_mobilenet_v3_large_coco-a79551df.pth"),
    mebibytes: 13.418,
    metrics: metrics("COCO val2017", { AP: 21.3 }),
  },
  {
    ...COMMON,
    architecture: "lraspp_mobilenet_v3_large",
    tag: "coco_with_voc_labels_v1",
    isDefault: true,
    ...file("lraspp_mobilenet_v3_large-d234d4ea.pth"),
    mebibytes: 12.490,
    metrics: metrics("COCO val2017, VOC's categories", { mIoU: 57.9, "pixel accuracy": 91.2 }),
  },
  {
    ...COMMON,
    architecture: "deeplabv3_mobilenet_v3_large",
    tag: "coco_with_voc_labels_v1",
    isDefault: true,
    ...file("deeplabv3_mobilenet_v3_large-fc3c493d.pth"),
    mebibytes: 42.301,
    metrics: metrics("COCO val2017, VOC's categories", { mIoU: 60.3, "pixel accuracy": 91.2 }),
  },
];
