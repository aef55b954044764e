import { importLater } from "../../../core/import_later.ts";
import { command } from "../../command.ts";
import {
  countFlag,
  FILE_FLAGS,
  fileFlag,
  folderFlag,
  JSON_FLAG,
  MODEL_OR_FILE_ARGUMENT,
  modelFlag,
  namesFlag,
  parseCount,
  parseFraction,
  parsePath,
  textFlag,
  timeLimitFlag,
  WEIGHTS_FLAGS,
  WIDE_FLAG,
  WORKER_FLAGS,
} from "../../flags/mod.ts";
import { parseDrop, parseSpeedup } from "./limits.ts";

/** `bneck quantize`. */
export const quantize = command({
  brief: "make a smaller and faster int8 model for this CPU",
  description:
    "Writes an int8 model: the ranges of its values are measured on your images, each block is timed in float and in int8 " +
    "on this machine, and the blocks that are faster in int8 without spoiling the results are converted. With --evaluate, " +
    "the results are judged by a metric on images with ground truth, which may drop by --max-drop at most; without it, the " +
    "outputs are compared with those of the float model. Every command accepts the file. If int8 does not pay off, nothing " +
    "is written and the exit status is 4.",
  examples: [
    {
      line:
        "bneck quantize mb3-large-075 --heads detect --calibrate photos -o detect.int8.onnx --evaluate annotations.json --max-drop AP=0.01",
      does: "the embedded detector, losing at most 0.01 AP",
    },
    {
      line:
        "bneck quantize -m street --heads segment --calibrate drives -o street.int8.onnx --evaluate labels --images frames --classes classes.json",
      does: "a segmenter, losing at most 0.01 mIoU",
    },
    {
      line: "bneck quantize --weights best.pth --calibrate photos -o best.int8.onnx",
      does: "without ground truth",
    },
  ],
  parameters: {
    flags: {
      out: { kind: "parsed", parse: parsePath, placeholder: "FILE", brief: "the file to write (.onnx)" },
      model: modelFlag("the model: its name, or a file that bneck export, fit or adopt wrote"),
      ...WEIGHTS_FLAGS,
      heads: namesFlag("only these of the model's heads: detect, segment or classify", "HEADS"),
      calibrate: {
        kind: "parsed",
        parse: String,
        variadic: ",",
        placeholder: "IMAGES",
        brief: "images like those that the model will see: folders, files, patterns or @lists",
      },
      samples: {
        kind: "parsed",
        parse: (text: string): number => parseCount(text.trim(), 1, 4096),
        optional: true,
        placeholder: "N",
        brief: "how many of these images are used, spread evenly (default 64)",
      },
      evaluate: textFlag(
        "ground truth: a file of COCO annotations, a folder of label images, labels of labelme, YOLO or CVAT, or for " +
          "classifiers a file of labels or a folder with a folder for each class",
        "FILE|DIR",
      ),
      images: folderFlag("the photos of the ground truth (default: those of --calibrate)"),
      classes: fileFlag("the classes of label images"),
      maxDrop: {
        kind: "parsed",
        parse: parseDrop,
        optional: true,
        placeholder: "METRIC=NUMBER",
        brief: "how much a metric may drop at most: AP=0.01 (default), mIoU=0.01, top1=0.02",
      },
      maxError: {
        kind: "parsed",
        parse: parseFraction,
        optional: true,
        placeholder: "SHARE",
        brief:
          "without --evaluate: the largest squared error of the outputs allowed, as a share of their variance (default 0.02)",
      },
      scan: {
        kind: "enum",
        values: ["error", "metric"],
        optional: true,
        placeholder: "BY",
        brief:
          "how each block alone is judged: by the error of the outputs (default), or by the metric, which takes one evaluation per block",
      },
      tune: timeLimitFlag(
        "tune weights layer by layer for up to this time, such as 5m: each layer learns from the float model's on the " +
          "images of --calibrate; kept only where the results are better",
      ),
      seed: {
        kind: "parsed",
        parse: (text: string): number => parseCount(text.trim(), 0, 2 ** 31 - 1),
        optional: true,
        placeholder: "N",
        brief: "the seed by which --tune chooses the places of the images that it learns from (default 0)",
      },
      minSpeedup: {
        kind: "parsed",
        parse: parseSpeedup,
        optional: true,
        placeholder: "FACTOR",
        brief: "write nothing unless the model is at least this many times as fast (default 1.05)",
      },
      sizeOnly: {
        kind: "boolean",
        withNegated: false,
        brief: "store only the weights in int8 and compute in float: a quarter of the size at the same speed",
      },
      ...WORKER_FLAGS,
      threads: countFlag("threads of one inference while it is timed (default 1)", { min: 1, max: 64 }),
      overwrite: { ...FILE_FLAGS.overwrite, brief: "replace the file if it exists" },
      wide: WIDE_FLAG,
      json: JSON_FLAG,
    },
    aliases: { o: "out", m: "model", j: "workers" },
    positional: { kind: "tuple", parameters: [{ ...MODEL_OR_FILE_ARGUMENT, optional: true }] },
  },
  exclusive: [
    ["model", "weights"],
    ["evaluate", "maxError"],
    ["sizeOnly", "minSpeedup"],
    ["sizeOnly", "scan"],
    ["sizeOnly", "tune"],
  ],
  load: () => importLater<typeof import("./run.ts")>(import.meta.resolve("./run.ts")),
});
