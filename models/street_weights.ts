/** The street-scene decoder trained for this project: its files under `models/weights`, in our names. */
import { fileURLToPath } from "node:url";
import type { WeightSource } from "../core/graph/mod.ts";
import { readWeights, toFloat32, type WeightMap } from "../core/weights/mod.ts";

/**
 * `tuned` has copies of the backbone's last three blocks, trained with the decoder; `shared` runs on the
 * detector's.
 */
export type StreetForm = "tuned" | "shared";

/** The first block of which the tuned form has its own copy. */
const TUNED_FROM = 13;

/** The name of a backbone's block: blocks that belong to the tuned decoder have names of their own. */
export function streetBlockName(form: StreetForm): (block: number) => string {
  return (block) => `${form === "tuned" && block >= TUNED_FROM ? "segment" : "backbone"}.block${block}`;
}

/** Reads the decoder's weights. */
export async function streetWeights(form: StreetForm): Promise<WeightSource[]> {
  const file = (name: string) =>
    readWeights(fileURLToPath(new URL(`./weights/street-lraspp/${form}/${name}`, import.meta.url)));
  const sources = [headSource(await file("street_lraspp_head.safetensors"))];
  if (form === "tuned") sources.push(tailSource(await file("street_tail.safetensors")));
  return sources;
}

/** The head's file has torchvision's names, with BatchNorm folded. */
function headSource(weights: WeightMap): WeightSource {
  const layers: Record<string, string> = {
    "segment.reduce": "classifier.cbr.0",
    "segment.gate": "classifier.scale.1",
    "segment.high_classifier": "classifier.high_classifier",
    "segment.low_classifier": "classifier.low_classifier",
  };
  return renamed(weights, (layer) => layers[layer]);
}

/** The tail's file counts blocks from 0 and calls the two squeeze-and-excite convolutions 0 and 1. */
function tailSource(weights: WeightMap): WeightSource {
  return renamed(weights, (layer) => {
    const match = layer.match(/^segment\.block(\d+)\.(.+)$/);
    if (!match) return undefined;
    const part = match[2].replace("squeeze", "0").replace("excite", "1");
    return `MobilenetV3/expanded_conv_${Number(match[1]) - 1}.${part}`;
  });
}

function renamed(weights: WeightMap, layerName: (layer: string) => string | undefined): WeightSource {
  return (name) => {
    const dot = name.lastIndexOf(".");
    const layer = layerName(name.slice(0, dot));
    const tensor = layer && weights.get(`${layer}${name.slice(dot)}`);
    return tensor ? { shape: tensor.shape, data: toFloat32(tensor) } : undefined;
  };
}
