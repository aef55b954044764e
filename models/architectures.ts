/**
 * The networks that weights can be read for: whose names the weights have, and how their images are prepared unless
 * the weights say otherwise.
 */
import { usageError } from "../core/errors.ts";
import { didYouMean } from "../core/files/mod.ts";
import {
  D_LI14_NAMES,
  fastsegNames,
  type NamingScheme,
  timmNames,
  TORCHVISION_DEEPLAB,
  TORCHVISION_LRASPP,
  TORCHVISION_MNASNET,
  TORCHVISION_MOBILENET_V2,
  TORCHVISION_MOBILENET_V3,
  TORCHVISION_SSDLITE,
} from "./names/mod.ts";
import { D_LI14_NETWORKS } from "./networks/d_li14.ts";
import type { NetworkDefinition } from "./networks/definition.ts";
import { FASTSEG_NETWORKS } from "./networks/fastseg.ts";
import { TIMM_NETWORKS } from "./networks/timm.ts";
import {
  TORCHVISION_NETWORKS,
  torchvisionMobileNetV2,
  torchvisionMobileNetV3,
  torchvisionSsdLite,
} from "./networks/torchvision.ts";
import {
  classificationPreprocessing,
  IMAGENET_NORMALISATION,
  type Preprocessing,
  SYMMETRIC_NORMALISATION,
} from "./preprocessing.ts";

/** A network, and how weights for it come. */
export interface Architecture {
  readonly network: NetworkDefinition;
  readonly naming: NamingScheme;
  /** How its images are prepared, unless the weights say otherwise. */
  readonly preprocessing: Preprocessing;
}

/** torchvision's segmentation networks. */
const SHORTER_SIDE_520: Preprocessing = {
  size: { kind: "shorter", pixels: 520 },
  interpolation: "antialias",
  ...IMAGENET_NORMALISATION,
};

/** Every architecture that weights can be read for. */
export const ARCHITECTURES: readonly Architecture[] = [
  ...TORCHVISION_NETWORKS.map(torchvision),
  ...TIMM_NETWORKS.map((network): Architecture => ({
    network,
    naming: timmNames(timmFamily(network.name)),
    preprocessing: network.name.startsWith("tf_")
      ? classificationPreprocessing(256, 224, SYMMETRIC_NORMALISATION)
      : classificationPreprocessing(256, 224, { interpolation: "antialias-bicubic" }),
  })),
  ...FASTSEG_NETWORKS.map((network): Architecture => ({
    network,
    naming: fastsegNames(network.name.includes("large") ? "large" : "small"),
    // Its authors leave images as they are: those of Cityscapes, whose shorter side has 1024 pixels.
    preprocessing: { ...SHORTER_SIDE_520, size: { kind: "shorter", pixels: 1024 } },
  })),
  ...D_LI14_NETWORKS.map((network): Architecture => ({
    network,
    naming: D_LI14_NAMES,
    preprocessing: classificationPreprocessing(256, 224),
  })),
];

function torchvision(network: NetworkDefinition): Architecture {
  const { name, task } = network;
  if (task === "detect") {
    return {
      network,
      naming: TORCHVISION_SSDLITE,
      preprocessing: {
        size: { kind: "exact", height: 320, width: 320 },
        interpolation: "bilinear",
        ...SYMMETRIC_NORMALISATION,
      },
    };
  }
  if (task === "segment") {
    const naming = name.startsWith("lraspp") ? TORCHVISION_LRASPP : TORCHVISION_DEEPLAB;
    return { network, naming, preprocessing: SHORTER_SIDE_520 };
  }
  const naming = name.startsWith("mnasnet")
    ? TORCHVISION_MNASNET
    : name.startsWith("mobilenet_v2")
    ? TORCHVISION_MOBILENET_V2
    : TORCHVISION_MOBILENET_V3;
  return { network, naming, preprocessing: classificationPreprocessing(256, 224) };
}

function timmFamily(name: string): Parameters<typeof timmNames>[0] {
  if (name.includes("mobilenetv3")) return name.includes("large") ? "mobilenetv3-large" : "mobilenetv3-small";
  if (name.startsWith("mobilenetv2")) return "mobilenetv2";
  if (name.startsWith("semnasnet")) return "mnasnet-A1";
  return name.startsWith("mnasnet_small") ? "mnasnet-small" : "mnasnet-B1";
}

/** torchvision's families at any `width_mult`: `mobilenet_v3_small-0.5`. */
const FAMILIES: Readonly<Record<string, (width: number) => NetworkDefinition>> = {
  mobilenet_v3_large: (width) => torchvisionMobileNetV3("large", width),
  mobilenet_v3_small: (width) => torchvisionMobileNetV3("small", width),
  mobilenet_v2: torchvisionMobileNetV2,
  ssdlite320_mobilenet_v3_large: torchvisionSsdLite,
};

/** The widths that weights are usually trained at, besides 1. */
const USUAL_WIDTHS = [0.25, 0.35, 0.5, 0.75, 1.25, 1.4, 1.5, 2];

/** The families at the usual widths. */
export function usualWidths(): Architecture[] {
  return Object.values(FAMILIES).flatMap((family) => USUAL_WIDTHS.map((width) => torchvision(family(width))));
}

/** Whether there are other widths of an architecture, called `NAME-WIDTH`. */
export function comesInWidths(name: string): boolean {
  return Object.hasOwn(FAMILIES, name);
}

/**
 * The architecture of a name.
 *
 * @throws {BneckError} (usage) with the nearest name when there is none.
 */
export function findArchitecture(name: string): Architecture {
  const known = ARCHITECTURES.find(({ network }) => network.name === name);
  if (known) return known;
  const [, family, width] = name.match(/^(.+)-(\d+(?:\.\d+)?)$/) ?? [];
  if (Object.hasOwn(FAMILIES, family ?? "") && Number(width) > 0 && Number(width) <= 8) {
    return torchvision(FAMILIES[family](Number(width)));
  }
  const names = ARCHITECTURES.map(({ network }) => network.name);
  throw usageError(
    `unknown architecture ${name}${didYouMean(name, names) || `: known are ${names.join(", ")}`}`,
  );
}
