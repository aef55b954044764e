/**
 * The embedded model: MobileNetV3-Large 0.75 with a CenterNet detector for COCO and an LR-ASPP decoder for
 * street scenes. Nothing has to be downloaded for it beyond the npm packages.
 */
import { mobileNetV3, type MobileNetV3Options, type Taps } from "../../core/backbones/mod.ts";
import { bindWeights, GraphBuilder, type Value, type WeightSource } from "../../core/graph/mod.ts";
import { CAMVID_11 } from "../../datasets/camvid/labels.ts";
import { COCO_80 } from "../../datasets/coco/labels.ts";
import { centerNet, type CenterNetOptions, type Head, lrAspp, type LrAsppOptions } from "../../heads/mod.ts";
import type { ModelEntry } from "../entry.ts";
import type { InputSize, SizeGrid } from "../input_size.ts";
import type { DetectionTask, Network, SegmentationTask, Task } from "../network.ts";
import type { ZooProject } from "../networks/project.ts";
import type { StreetForm } from "./mb3_large_075_weights.ts";

const BACKBONE: MobileNetV3Options = { size: "large", width: 0.75, convention: "paper", head: false };

const CENTER_NET: CenterNetOptions = {
  classes: COCO_80.length,
  coarse: "C4.end",
  neck: 480,
  laterals: [
    { tap: "C3.end", channels: 128 },
    { tap: "C2.end.expand", channels: 96 },
    { tap: "C2.expand", channels: 64 },
  ],
};

const LR_ASPP: LrAsppOptions = {
  classes: CAMVID_11.length,
  high: "C4.end",
  low: "C3.expand",
  classify: "before",
};

/** The detector adds maps that were upsampled by 2, so every stride must divide the input. */
const MULTIPLES_OF_32: SizeGrid = { height: { step: 32 }, width: { step: 32 } };

/**
 * The decoder was trained at 360×480. There the height is odd at two strides (45, 23) and the width never, so
 * other sizes move its coarse features against the fine ones and cost up to twelve points of mIoU. These are
 * the sizes at which they lie as in training.
 */
const AS_TRAINED_AT_360_480: SizeGrid = { height: { step: 32, offset: 8 }, width: { step: 32 } };

/**
 * At multiples of 32 the coarse features lie 1.5 fine rows, three eighths of a coarse one, further up than in
 * training; moved down by that, the decoder is as good there as at 360×480.
 */
const SHIFT_AT_MULTIPLES_OF_32 = 3 / 8;

/** The sizes that scored best on coco-mini and camvid-mini; the figures are in `docs/design.md`. */
const INPUT_SIZES: Record<"detect" | "segment" | "both", InputSize> = {
  detect: { kind: "longer", pixels: 512 },
  segment: { kind: "shorter", pixels: 360 },
  both: { kind: "shorter", pixels: 384 },
};

/** The embedded model's entry in the registry. */
export const MB3_LARGE_075: ModelEntry = {
  name: "mb3-large-075.coco-street",
  aliases: ["mb3-large-075"],
  summary: "MobileNetV3-Large 0.75: CenterNet for COCO's 80 classes, LR-ASPP for 11 street-scene classes",
  tasks: ["detect", "segment"],
  labels: { detect: COCO_80, segment: CAMVID_11 },
  weights: [
    { from: "npm package @vladmandic/human 3.3.6, models/centernet.json and .bin", licence: "MIT" },
    {
      from: "models/weights/street-lraspp, trained for this project on CamVid",
      licence: "CC BY-NC 4.0",
      note: "the CamVid images are for non-commercial use, so these weights are too",
    },
  ],
  metrics: [
    { dataset: "COCO val2017", metric: "AP", value: 0.251, source: "its authors" },
    { dataset: "CamVid test, segment alone", metric: "mIoU", value: 0.600, source: "own training" },
    { dataset: "CamVid test, beside detect", metric: "mIoU", value: 0.565, source: "own training" },
  ],
  verified:
    "every row of the detector against TensorFlow.js, the decoder against its training, in every test run",
  async build(tasks, inputSize) {
    const network = await buildEmbedded(tasks);
    return inputSize ? { ...network, inputSize } : network;
  },
};

/** The project of the embedded model, whose network is not listed by itself. */
export const EMBEDDED: ZooProject = { name: "bneck", models: [MB3_LARGE_075] };

/**
 * Builds the embedded network for some of its tasks.
 *
 * @param form which decoder to use; by default the tuned one alone and the shared one beside the detector,
 * where both run on one pass of the backbone.
 * @throws {BneckError} (unusable model) when the npm package or a file of weights is missing or damaged.
 */
export async function buildEmbedded(
  tasks: readonly Task[],
  form: StreetForm = tasks.includes("detect") ? "shared" : "tuned",
): Promise<Network> {
  const detect = tasks.includes("detect")
    ? { head: centerNet(CENTER_NET), labels: COCO_80 } satisfies DetectionTask
    : undefined;
  const segment = tasks.includes("segment")
    ? {
      head: lrAspp({ ...LR_ASPP, shiftDown: detect ? SHIFT_AT_MULTIPLES_OF_32 : 0 }),
      labels: CAMVID_11,
    } satisfies SegmentationTask
    : undefined;

  // Imported here, so that the readers of weights are not loaded where networks are only listed.
  const { detectorWeights, streetBlockName, streetWeights } = await import("./mb3_large_075_weights.ts");
  const g = new GraphBuilder();
  const image = g.preprocess(g.image(), { resize: "antialias", mean: [0, 0, 0], std: [1, 1, 1] });
  const outputs: Record<string, Value> = {};
  const attach = <S, R>(task: Task, head: Head<S, R>, taps: Taps) => {
    for (const [name, value] of Object.entries(head.build(g, taps))) outputs[`${task}.${name}`] = value;
  };
  if (detect) attach("detect", detect.head, mobileNetV3(g, image, BACKBONE));
  if (segment) {
    attach("segment", segment.head, mobileNetV3(g, image, { ...BACKBONE, blockName: streetBlockName(form) }));
  }
  const graph = g.finish(outputs);
  const sources = [await detectorWeights(), ...(segment ? await streetWeights(form) : [])];
  return {
    graph,
    weights: bindWeights(graph, firstOf(sources), "the embedded model"),
    tasks: { ...(detect ? { detect } : {}), ...(segment ? { segment } : {}) },
    inputSize: INPUT_SIZES[detect && segment ? "both" : detect ? "detect" : "segment"],
    sizeGrid: detect ? MULTIPLES_OF_32 : AS_TRAINED_AT_360_480,
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
