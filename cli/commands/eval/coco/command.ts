import { importLater } from "../../../../core/import_later.ts";
import { command } from "../../../command.ts";
import {
  choiceFlag,
  countFlagWithDefault,
  fileFlag,
  folderFlag,
  fractionFlagWithDefault,
  namesFlag,
  parseCount,
  parseFraction,
} from "../../../flags/mod.ts";
import { parseAreaRange, parseSigmas } from "./flags.ts";
import {
  required,
  SCORE_ALIASES,
  SCORE_EXCLUSIVE,
  SCORE_FLAGS,
  taskModelFlags,
  WHEN_STOPPED,
} from "../flags.ts";

/** `bneck eval coco`. */
export const coco = command({
  brief: "AP and AR as pycocotools computes them",
  description:
    "Scores detections against a COCO annotation file: the twelve numbers of pycocotools, equal to the last digit, " +
    "then AP by IoU threshold and by class; keypoints by OKS, and LVIS as lvis-api does. Runs a detector (the " +
    "embedded one by default) over the images of a folder, with a score threshold of 0.001 and 100 detections per " +
    "image, or reads a results file. Several --annotations files, each with its --detections in the same order, make a table of all and their mean. With " +
    "--compare it compares two results files and says whether their difference may be chance.",
  examples: [
    {
      line: "bneck eval coco --annotations instances_val2017.json --images val2017",
      does: "run the embedded detector over val2017 and score it",
    },
    {
      line: "bneck eval coco --annotations instances_val2017.json --detections results.json --min AP=0.25",
      does: "score a results file, and exit with 4 if AP is below 0.25",
    },
    {
      line: "bneck eval coco --annotations instances_val2017.json --compare old.json new.json",
      does: "the difference of two results files, with a confidence interval",
    },
  ],
  parameters: {
    flags: {
      annotations: required({
        ...fileFlag(
          "the ground truth: a COCO annotation file (instances_*.json), a folder of labels of labelme, Pascal VOC or YOLO, a data.yaml, " +
            "or an XML file of CVAT; given several times, a table of all sets",
        ),
        variadic: true,
      }),
      images: folderFlag(
        "the images, to run a model over them, to show the worst in a report, or for the sizes of YOLO's labels",
      ),
      ...taskModelFlags("detect"),
      detections: {
        ...fileFlag(
          "score this COCO results file, or folder of YOLO labels with scores, instead of running a model; one of each " +
            "annotation file",
        ),
        variadic: true,
      },
      saveDetections: fileFlag("save what the model finds, as a COCO results file"),
      iouType: choiceFlag(
        "what has to overlap: boxes, masks, or keypoints (OKS; ten numbers, 20 detections per image)",
        ["bbox", "segm", "keypoints"],
        "bbox",
      ),
      oksSigmas: {
        kind: "parsed",
        parse: parseSigmas,
        optional: true,
        placeholder: "N,N,…",
        brief: "how far each keypoint may be off, as a share of the object's size (default: COCO's 17)",
      },
      lvis: {
        kind: "boolean",
        withNegated: false,
        brief:
          "the rules of lvis-api: 300 detections per image, and classes count where they were looked for; adds APr, APc, APf",
      },
      classes: namesFlag("score only these classes, such as person,car"),
      imagesSubset: fileFlag("score only the images that this file lists: one id or file name per line"),
      skipMissing: {
        kind: "boolean",
        withNegated: false,
        brief: "leave out images that are not in the folder",
      },
      maxDets: {
        kind: "parsed",
        parse: (text: string): number => parseCount(text),
        variadic: ",",
        optional: true,
        placeholder: "N,N,N",
        brief:
          "maximum numbers of detections per class and image; AP uses 100, or the largest (default: 1,10,100)",
      },
      iouThresholds: {
        kind: "parsed",
        parse: parseFraction,
        variadic: ",",
        optional: true,
        placeholder: "0..1,…",
        brief: "IoU thresholds at which a detection counts as right (default: 0.5 to 0.95 in steps of 0.05)",
      },
      areaRanges: {
        kind: "parsed",
        parse: parseAreaRange,
        variadic: ",",
        optional: true,
        placeholder: "NAME=MIN..MAX,…",
        brief:
          "sizes of objects to score separately, in square pixels: tiny=0..256,huge=90000.. (default: COCO's three)",
      },
      classAgnostic: {
        kind: "boolean",
        withNegated: false,
        brief: "let a detection match an object of any class, as if there were one class",
      },
      honorIgnore: {
        kind: "boolean",
        withNegated: false,
        brief: 'objects annotated with "ignore": 1 are neither missed nor found',
      },
      pycocotoolsCompat: {
        kind: "boolean",
        withNegated: false,
        brief:
          "reproduce the quirks of pycocotools: annotations of id 0 count as missed, unknown classes are dropped, …",
      },
      ...SCORE_FLAGS,
      reportScore: fractionFlagWithDefault(
        "the minimum score of the detections in the report's confusion matrix and images",
        0.25,
      ),
      compare: { kind: "boolean", withNegated: false, brief: "compare two results files, A.json and B.json" },
      samples: countFlagWithDefault(
        "with --compare, how often images are drawn for the confidence interval",
        1000,
      ),
      seed: countFlagWithDefault("with --compare, the seed of the draws", 1, { min: 0 }),
    },
    aliases: SCORE_ALIASES,
    positional: {
      kind: "array",
      parameter: { parse: String, placeholder: "RESULTS", brief: "the two results files of --compare" },
    },
  },
  exclusive: [
    SCORE_EXCLUSIVE,
    ...(["model", "size", "memory", "saveDetections", "skipMissing"] as const).map((flag) =>
      ["detections", flag] as const
    ),
    ...([
      "images",
      "model",
      "size",
      "memory",
      "detections",
      "saveDetections",
      "skipMissing",
      "shard",
      "saveState",
      "min",
      "perClass",
    ] as const).map((flag) => ["compare", flag] as const),
  ],
  whenStopped: WHEN_STOPPED,
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
