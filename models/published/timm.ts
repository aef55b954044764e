/** The weights that timm publishes for networks that are here. */
import type { PublishedMetric } from "../entry.ts";
import { classificationPreprocessing, UNIT_NORMALISATION } from "../preprocessing.ts";
import type { PublishedWeights } from "./published.ts";

const RELEASES = "https://github.com/rwightman/pytorch-image-models/releases/download/";

/** @see README of TF-slim's MobileNets: top-1 of the weights that `tf_…` were converted from, in TensorFlow. */
const TF_SLIM: Readonly<Record<string, number>> = {
  tf_mobilenetv3_large_075: 0.733,
  tf_mobilenetv3_large_100: 0.752,
  tf_mobilenetv3_large_minimal_100: 0.723,
  tf_mobilenetv3_small_075: 0.654,
  tf_mobilenetv3_small_100: 0.675,
  tf_mobilenetv3_small_minimal_100: 0.619,
};

// deno-fmt-ignore
const FILES: readonly (readonly [architecture: string, tag: string, file: string])[] = [
  ["mobilenetv3_large_100", "ra_in1k", "v0.1-weights/mobilenetv3_large_100_ra-f55367f5.pth"],
  ["mobilenetv3_large_100", "miil_in21k_ft_in1k", "v0.1-tresnet/mobilenetv3_large_100_1k_miil_78_0-66471c13.pth"],
  ["mobilenetv3_large_100", "miil_in21k", "v0.1-tresnet/mobilenetv3_large_100_in21k_miil-d71cc17b.pth"],
  ["mobilenetv3_small_050", "lamb_in1k", "v0.1-weights/mobilenetv3_small_050_lambc-4b7bbe87.pth"],
  ["mobilenetv3_small_075", "lamb_in1k", "v0.1-weights/mobilenetv3_small_075_lambc-384766db.pth"],
  ["mobilenetv3_small_100", "lamb_in1k", "v0.1-weights/mobilenetv3_small_100_lamb-266a294c.pth"],
  ["tf_mobilenetv3_large_075", "in1k", "v0.1-weights/tf_mobilenetv3_large_075-150ee8b0.pth"],
  ["tf_mobilenetv3_large_100", "in1k", "v0.1-weights/tf_mobilenetv3_large_100-427764d5.pth"],
  ["tf_mobilenetv3_large_minimal_100", "in1k", "v0.1-weights/tf_mobilenetv3_large_minimal_100-8596ae28.pth"],
  ["tf_mobilenetv3_small_075", "in1k", "v0.1-weights/tf_mobilenetv3_small_075-da427f52.pth"],
  ["tf_mobilenetv3_small_100", "in1k", "v0.1-weights/tf_mobilenetv3_small_100-37f49e2b.pth"],
  ["tf_mobilenetv3_small_minimal_100", "in1k", "v0.1-weights/tf_mobilenetv3_small_minimal_100-922a7843.pth"],
  ["mobilenetv2_050", "lamb_in1k", "v0.1-weights/mobilenetv2_050-3d30d450.pth"],
  ["mobilenetv2_100", "ra_in1k", "v0.1-weights/mobilenetv2_100_ra-b33bc2c4.pth"],
  ["mobilenetv2_140", "ra_in1k", "v0.1-weights/mobilenetv2_140_ra-21a4e913.pth"],
  ["mnasnet_100", "rmsp_in1k", "v0.1-weights/mnasnet_b1-74cb7081.pth"],
  ["semnasnet_075", "rmsp_in1k", "v0.1-weights/semnasnet_075-18710866.pth"],
  ["semnasnet_100", "rmsp_in1k", "v0.1-weights/mnasnet_a1-d9418771.pth"],
  ["mnasnet_small", "lamb_in1k", "v0.1-weights/mnasnet_small_lamb-aff75073.pth"],
];

/** timm's classifiers. */
export const TIMM_WEIGHTS: readonly PublishedWeights[] = FILES.map(([architecture, tag, file]) => {
  const isMiil = tag.startsWith("miil");
  return {
    architecture,
    tag,
    isDefault: !isMiil,
    url: RELEASES + file,
    sha256: file.match(/-([0-9a-f]+)\.pth$/)![1],
    preprocessing: isMiil ? classificationPreprocessing(256, 224, UNIT_NORMALISATION) : undefined,
    classes: tag === "miil_in21k" ? 11_221 : undefined,
    metrics: metrics(architecture),
    licence: "Apache 2.0",
    note: tag === "miil_in21k"
      ? "trained on ImageNet-21k, whose images are for non-commercial research and education; the names of its " +
        "classes are not published with the weights, so they are numbered"
      : "trained on ImageNet, whose images are for non-commercial research and education",
    source: `timm, huggingface.co/timm/${architecture}.${tag}`,
    verified:
      "address, digest, licence and preprocessing against timm 1.0.31's configuration, names and shapes " +
      "against its state_dict, arithmetic with random weights (docs/parity.md)",
  };
});

function metrics(architecture: string): PublishedMetric[] {
  const value = TF_SLIM[architecture];
  if (value === undefined) return [];
  return [{ dataset: "ImageNet val", metric: "top-1", value, source: "TF-slim, in TensorFlow" }];
}
