/**
 * torchvision's detector and segmentation networks (`torchvision/models/detection/`, `…/segmentation/`): parameter
 * shapes equal their `state_dict`'s.
 */
import { mobileNetV3 } from "../../../core/backbones/mod.ts";
import type { GraphBuilder, Value } from "../../../core/graph/mod.ts";
import { deepLabV3, lrAspp, ssdLite, torchvisionAnchors } from "../../../heads/mod.ts";
import { CLASSES, type SegmentationNetwork, widthText } from "../../networks/definition.ts";
import { type LayerNameEntry, type LayerNames, type NamingScheme, numbered } from "../../networks/naming.ts";
import type { Architecture, NetworkFamily, PublishedWeights } from "../../networks/project.ts";
import { IMAGENET_NORMALISATION, type Preprocessing, SYMMETRIC_NORMALISATION } from "../../preprocessing.ts";
import {
  CONVENTION,
  metrics,
  mobileNetV3Names,
  published,
  USUAL_WIDTHS,
  widthSuffix,
} from "./classification.ts";

/**
 * `ssdlite320_mobilenet_v3_large`. Its `width_mult` scales the backbone and leaves the head's own maps as they are.
 *
 * @param headWidth scales those, as the `width_mult` of `SSDLiteFeatureExtractorMobileNet` does.
 */
export function torchvisionSsdLite(width = 1, headWidth = 1): Architecture {
  return {
    network: {
      task: "detect",
      name: `ssdlite320_mobilenet_v3_large${widthSuffix(width)}`,
      summary: "torchvision's SSDLite on MobileNetV3-Large with halved tail, six anchors on every map" +
        widthText(width),
      size: [320, 320],
      classes: CLASSES.coco,
      backbone: (g, image) =>
        mobileNetV3(g, image, { size: "large", width, tail: "detection", ...CONVENTION }),
      head: (classes) =>
        ssdLite({ classes, width: headWidth, anchors: torchvisionAnchors(), padding: "symmetric" }),
    },
    naming: SSDLITE,
    preprocessing: {
      size: { kind: "exact", height: 320, width: 320 },
      interpolation: "bilinear",
      ...SYMMETRIC_NORMALISATION,
    },
  };
}

/** `lraspp_mobilenet_v3_large`. */
export function torchvisionLrAspp(width = 1): Architecture {
  return segmentation("lraspp", width, LRASPP, {
    summary: "LR-ASPP on MobileNetV3-Large",
    head: (classes) => lrAspp({ classes, high: "C5", low: "C2" }),
  });
}

/** `deeplabv3_mobilenet_v3_large`. */
export function torchvisionDeepLab(width = 1): Architecture {
  return segmentation("deeplabv3", width, DEEPLAB, {
    summary: "DeepLabV3 on MobileNetV3-Large, with the auxiliary classifier it is published with",
    head: (classes) => deepLabV3({ classes, features: "C5", auxiliary: "C2" }),
  });
}

/** What torchvision's segmentation networks see. */
const SHORTER_SIDE_520: Preprocessing = {
  size: { kind: "shorter", pixels: 520 },
  interpolation: "antialias",
  ...IMAGENET_NORMALISATION,
};

/** The backbone of the segmentation networks is dilated, with nothing halved. */
function segmentation(
  decoder: string,
  width: number,
  naming: NamingScheme,
  { summary, head }: Pick<SegmentationNetwork, "summary" | "head">,
): Architecture {
  return {
    network: {
      task: "segment",
      name: `${decoder}_mobilenet_v3_large${widthSuffix(width)}`,
      summary: `torchvision's ${summary}${widthText(width)}`,
      size: [520, 520],
      classes: CLASSES.voc,
      backbone: (g: GraphBuilder, image: Value) =>
        mobileNetV3(g, image, { size: "large", width, outputStride: 16, ...CONVENTION }),
      head,
    },
    naming,
    preprocessing: SHORTER_SIDE_520,
  };
}

/** `ssdlite320_mobilenet_v3_large`: the backbone is cut in two after the expansion of C4. */
const SSDLITE: NamingScheme = {
  project: "torchvision",
  marks: ["backbone.features.0.0.0.weight", "head.classification_head.module_list.0.1.weight"],
  nameLayers(graph) {
    const c4 = 13;
    const feature = (index: number) =>
      index <= c4 ? `backbone.features.0.${index}` : `backbone.features.1.${index - c4}`;
    const backbone = mobileNetV3Names(graph, feature).map(([scope, names]): LayerNameEntry => {
      const [, layer] = scope.match(/^backbone\.block13\.(.+)$/) ?? [];
      if (layer === undefined) return [scope, names];
      // C4's expansion ends the first half; the rest of its block begins the second.
      const rename = (name: string) =>
        layer === "expand"
          ? name.replace(".block.0", "")
          : name.replace(`${feature(c4)}.block`, "backbone.features.1.0");
      return [scope, renamed(names, rename)];
    });
    const extras = Array.from(
      { length: 4 },
      (_, map) =>
        ["reduce", "depthwise", "expand"].map((layer, index): LayerNameEntry => [
          `detect.extra${map + 1}.${layer}`,
          numbered(`backbone.extra.${map}.${index}`),
        ]),
    ).flat();
    const predictors = Array.from(
      { length: 6 },
      (_, map) =>
        Object.entries({ scores: "classification_head", boxes: "regression_head" }).flatMap(
          ([kind, head]): LayerNameEntry[] => {
            const module = `head.${head}.module_list.${map}`;
            return [
              [`detect.map${map + 1}.${kind}.depthwise`, numbered(`${module}.0`)],
              [`detect.map${map + 1}.${kind}.predict`, { conv: `${module}.1` }],
            ];
          },
        ),
    ).flat();
    return new Map([...backbone, ...extras, ...predictors]);
  },
};

/** `lraspp_mobilenet_v3_large`. */
const LRASPP: NamingScheme = {
  project: "torchvision",
  marks: ["backbone.0.0.weight", "classifier.low_classifier.weight"],
  nameLayers: (graph) =>
    new Map([
      ...mobileNetV3Names(graph, (index) => `backbone.${index}`),
      ["segment.reduce", numbered("classifier.cbr")],
      ["segment.gate", { conv: "classifier.scale.1" }],
      ["segment.low_classifier", { conv: "classifier.low_classifier" }],
      ["segment.high_classifier", { conv: "classifier.high_classifier" }],
    ]),
};

/** `deeplabv3_mobilenet_v3_large`, trained with or without the auxiliary classifier. */
const DEEPLAB: NamingScheme = {
  project: "torchvision",
  marks: ["backbone.0.0.weight", "classifier.0.convs.0.0.weight"],
  nameLayers: (graph) =>
    new Map([
      ...mobileNetV3Names(graph, (index) => `backbone.${index}`),
      ["segment.aspp.direct", numbered("classifier.0.convs.0")],
      ...[12, 24, 36].map((dilation, index): LayerNameEntry => [
        `segment.aspp.dilated${dilation}`,
        numbered(`classifier.0.convs.${index + 1}`),
      ]),
      ["segment.aspp.image", numbered("classifier.0.convs.4", 1)],
      ["segment.aspp.project", numbered("classifier.0.project")],
      ["segment.refine", numbered("classifier", 1)],
      ["segment.logits", { conv: "classifier.4" }],
      ["segment.auxiliary.refine", numbered("aux_classifier")],
      ["segment.auxiliary", { conv: "aux_classifier.4" }],
    ]),
  unused: /^aux_classifier\./,
};

function renamed({ conv, batchNorm }: LayerNames, rename: (name: string) => string): LayerNames {
  return { conv: rename(conv), batchNorm: batchNorm && rename(batchNorm) };
}

/** The detector and the segmentation networks that torchvision publishes weights for. */
export const DENSE_NETWORKS: readonly Architecture[] = [
  torchvisionSsdLite(),
  torchvisionLrAspp(),
  torchvisionDeepLab(),
];

/** The detector at any `width_mult`. */
export const DENSE_FAMILIES: readonly NetworkFamily[] = [
  { name: "ssdlite320_mobilenet_v3_large", usualWidths: USUAL_WIDTHS, define: torchvisionSsdLite },
];

const VOC_CATEGORIES = "COCO val2017, VOC's categories";

// deno-fmt-ignore
const FILES = [
  ["ssdlite320_mobilenet_v3_large", "coco_v1", "ssdlite320_mobilenet_v3_large_coco-a79551df.pth", 13.418, "COCO val2017", { AP: 21.3 }],
  ["lraspp_mobilenet_v3_large", "coco_with_voc_labels_v1", "lraspp_mobilenet_v3_large-d234d4ea.pth", 12.490, VOC_CATEGORIES, { mIoU: 57.9, "pixel accuracy": 91.2 }],
  ["deeplabv3_mobilenet_v3_large", "coco_with_voc_labels_v1", "deeplabv3_mobilenet_v3_large-fc3c493d.pth", 42.301, VOC_CATEGORIES, { mIoU: 60.3, "pixel accuracy": 91.2 }],
] as const;

/** Their weights. */
export const DENSE_WEIGHTS: readonly PublishedWeights[] = FILES.map(
  ([architecture, tag, file, mebibytes, dataset, values]) => ({
    ...published(architecture, tag, file, mebibytes),
    metrics: metrics(dataset, values),
  }),
);
