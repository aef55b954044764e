/**
 * The embedded model: MobileNetV3-Large 0.75 with a CenterNet detector for COCO and an LR-ASPP decoder for
 * street scenes. Nothing has to be downloaded for it beyond the npm packages.
 */
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { mobileNetV3, type MobileNetV3Options, type Taps } from "../core/backbones/mod.ts";
import { bindWeights, GraphBuilder, type Value, type WeightSource } from "../core/graph/mod.ts";
import { modelError } from "../core/errors.ts";
import { readTfjsModel, readWeights, toFloat32, type WeightMap } from "../core/weights/mod.ts";
import { centerNet, type Head, lrAspp } from "../heads/mod.ts";
import type { ModelEntry } from "./entry.ts";
import type { InputSize } from "./input_size.ts";
import { COCO_80 } from "./labels/coco.ts";
import { STREET_11 } from "./labels/street.ts";
import type { Network, Task, Tasks } from "./network.ts";
import { tensorflowSource } from "./tensorflow_names.ts";

const BACKBONE: MobileNetV3Options = { size: "large", width: 0.75, convention: "paper", head: false };

/** The blocks of which the tuned street-scene decoder has copies of its own. */
const TUNED_FROM = 13;

const DETECT = {
  head: centerNet({
    classes: COCO_80.length,
    coarse: "C4.end",
    neck: 480,
    laterals: [
      { tap: "C3.end", channels: 128 },
      { tap: "C2.end.expand", channels: 96 },
      { tap: "C2.expand", channels: 64 },
    ],
  }),
  labels: COCO_80,
};

const SEGMENT = {
  head: lrAspp({ classes: STREET_11.length, high: "C4.end", low: "C3.expand" }),
  labels: STREET_11,
};

/** The input sizes that scored best; see `docs/design.md`. */
const INPUT_SIZES: Record<"detect" | "segment" | "both", InputSize> = {
  detect: { kind: "longer", pixels: 512, multipleOf: 32 },
  segment: { kind: "shorter", pixels: 360, multipleOf: 1 },
  both: { kind: "shorter", pixels: 384, multipleOf: 32 },
};

/** Where the embedded model's entry in the registry stands. */
export const MB3_LARGE_075: ModelEntry = {
  name: "mb3-large-075.coco-street",
  aliases: ["mb3-large-075"],
  summary: "MobileNetV3-Large 0.75: CenterNet for COCO's 80 classes, LR-ASPP for 11 street-scene classes",
  tasks: ["detect", "segment"],
  weights: [
    { from: "npm package @vladmandic/human 3.3.6, models/centernet.json and .bin", licence: "MIT" },
    {
      from: "models/weights/street-lraspp, trained for this project on CamVid",
      licence: "CC BY-NC 4.0",
      note: "the CamVid images are for non-commercial use, so these weights are too",
    },
  ],
  metrics: [
    {
      dataset: "COCO val2017",
      metric: "AP",
      value: 0.251,
      source: "github.com/610265158/mobilenetv3_centernet",
    },
    { dataset: "CamVid test (233 images), own tail", metric: "mIoU", value: 0.600, source: "own training" },
    {
      dataset: "CamVid test (233 images), shared tail",
      metric: "mIoU",
      value: 0.565,
      source: "own training",
    },
  ],
  build,
};

async function build(tasks: readonly Task[]): Promise<Network> {
  const detect = tasks.includes("detect");
  const segment = tasks.includes("segment");
  // Alone, the decoder runs on its own fine-tuned tail; beside the detector both share every block.
  const form = detect ? "shared" : "tuned";

  const g = new GraphBuilder();
  const image = g.preprocess(g.image(), { resize: "antialias", mean: [0, 0, 0], std: [1, 1, 1] });
  const outputs: Record<string, Value> = {};
  const attach = <S, R>(task: Task, head: Head<S, R>, taps: Taps) => {
    for (const [name, value] of Object.entries(head.build(g, taps))) outputs[`${task}.${name}`] = value;
  };
  if (detect) attach("detect", DETECT.head, mobileNetV3(g, image, BACKBONE));
  if (segment) {
    attach("segment", SEGMENT.head, mobileNetV3(g, image, { ...BACKBONE, blockName: blockNames(form) }));
  }
  const graph = g.finish(outputs);

  const sources = [tensorflowSource(await readBackbone())];
  if (segment) sources.push(...await streetSources(form));
  const weights = bindWeights(graph, firstOf(sources), "the embedded model");
  const network: Tasks = { ...(detect ? { detect: DETECT } : {}), ...(segment ? { segment: SEGMENT } : {}) };
  return {
    graph,
    weights,
    tasks: network,
    inputSize: INPUT_SIZES[detect && segment ? "both" : detect ? "detect" : "segment"],
  };
}

function blockNames(form: "tuned" | "shared"): MobileNetV3Options["blockName"] {
  return (block) => `${form === "tuned" && block >= TUNED_FROM ? "segment" : "backbone"}.block${block}`;
}

/** The package hides its models behind `exports`, so its main file shows the way. */
async function readBackbone(): Promise<WeightMap> {
  let main: string;
  try {
    main = createRequire(import.meta.url).resolve("@vladmandic/human");
  } catch (error) {
    throw modelError("the npm package @vladmandic/human is not installed: run `deno install`", error);
  }
  const root = main.slice(0, main.lastIndexOf("/dist/"));
  return (await readTfjsModel(`${root}/models/centernet.json`)).weights;
}

async function streetSources(form: "tuned" | "shared"): Promise<WeightSource[]> {
  const file = (name: string) =>
    readWeights(fileURLToPath(new URL(`./weights/street-lraspp/${form}/${name}`, import.meta.url)));
  const sources = [streetHeadSource(await file("street_lraspp_head.safetensors"))];
  if (form === "tuned") sources.push(streetTailSource(await file("street_tail.safetensors")));
  return sources;
}

/** The head's file has torchvision's names, with BatchNorm folded. */
function streetHeadSource(weights: WeightMap): WeightSource {
  const layers: Record<string, string> = {
    "segment.reduce": "classifier.cbr.0",
    "segment.gate": "classifier.scale.1",
    "segment.high_classifier": "classifier.high_classifier",
    "segment.low_classifier": "classifier.low_classifier",
  };
  return renamed(weights, (layer) => layers[layer]);
}

/** The tail's file counts blocks from 0 and calls the two squeeze-and-excite convolutions 0 and 1. */
function streetTailSource(weights: WeightMap): WeightSource {
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

function firstOf(sources: readonly WeightSource[]): WeightSource {
  return (name) => {
    for (const source of sources) {
      const tensor = source(name);
      if (tensor) return tensor;
    }
    return undefined;
  };
}
