/** The flags of `segment`, `detect`, `run` and `classify`. */
import { usageError } from "../../../core/errors.ts";
import type { InputSize } from "../../../models/input_size.ts";
import {
  CLASSIFY_FILES,
  DEFAULT_PICTURE_SIZE,
  DEFAULT_TIMEOUT,
  DETECT_FILES,
  type Legend,
  LEGENDS,
  MASK_FILES,
  MASK_FORMS,
  type MaskForm,
  SEGMENT_FILES,
} from "../../../models/pipeline/job.ts";
import {
  choiceFlag,
  countFlag,
  countFlagWithDefault,
  FILE_FLAGS,
  FILE_FLAGS_EXCLUSIVE,
  fileFlag,
  type FileFlags,
  folderFlag,
  fractionFlag,
  fractionFlagWithDefault,
  IMAGE_FLAGS,
  type ImageFlags,
  INPUTS,
  memoryFlag,
  MODEL_ALIASES,
  MODEL_FLAGS,
  modelFlag,
  type ModelFlags,
  namesFlag,
  parseDecimal,
  proposeClasses,
  RESULT_FLAGS,
  RESULT_FLAGS_EXCLUSIVE,
  type ResultFlags,
  type Shard,
  shardFlag,
  sizeFlag,
  TTA_FLAG,
  WORKER_ALIASES,
  WORKER_FLAGS,
  type WorkerFlags,
} from "../../flags/mod.ts";

/** COCO files that hold the objects, or the regions, of all images: results, and a data set of its own. */
export const COCO_FILES = ["coco", "dataset"] as const;

/** What `--save` takes for a segmentation: `cutouts` are photos without their background. */
export const SEGMENT_SAVES = [...SEGMENT_FILES, ...MASK_FILES, ...COCO_FILES] as const;

/** Files that hold the objects of all images: {@linkcode COCO_FILES} and a table. */
export const RUN_FILES = [...COCO_FILES, "csv"] as const;

/** One of them. */
export type RunFileKind = typeof RUN_FILES[number];

/** What `--save` takes for a detection: `cutouts` are objects with their masks. */
export const DETECT_SAVES = [...DETECT_FILES, ...RUN_FILES, ...MASK_FILES] as const;

/** What `--save` takes for both. */
export const ALL_SAVES = [...DETECT_SAVES, ...SEGMENT_FILES] as const;

/** What `--save` takes for a classification. */
export const CLASSIFY_SAVES = CLASSIFY_FILES;

/** Which images a report shows. */
const REPORT_ORDERS = ["spread", "uncertain"] as const;

/** One of them. */
export type Save = typeof ALL_SAVES[number] | typeof CLASSIFY_SAVES[number];

/** The flags that all of these commands have; `SAVE` is what `--save` takes. */
export interface PredictFlags<SAVE extends Save = Save>
  extends ModelFlags, ImageFlags, ResultFlags, FileFlags, WorkerFlags {
  readonly out?: string;
  /** Absent, the kinds that the command saves with `--out`. */
  readonly save?: readonly SAVE[];
  readonly size?: InputSize;
  readonly classes?: readonly string[];
  readonly pictureSize: number;
  readonly memory?: number;
  readonly timeout: number;
  readonly videos: boolean;
  readonly every?: number;
  readonly fps?: number;
  readonly timings: boolean;
  readonly shard?: Shard;
  readonly show: boolean;
  readonly report?: string;
  readonly reportImages: number;
  readonly reportOrder: typeof REPORT_ORDERS[number];
}

/** The flags of detection. */
export interface DetectFlags {
  readonly score: number;
  readonly iou?: number;
  readonly max: number;
  readonly annotations?: string;
  readonly yoloScores: boolean;
}

/** The flags of segmentation. */
export interface SegmentFlags {
  readonly opacity: number;
  /** Absent, a strip below overlays and nothing in colour images. */
  readonly legend?: Legend;
  readonly palette: typeof PALETTES[number];
  readonly ids: typeof ID_FORMS[number];
  readonly tta?: "flip";
  readonly annotations?: string;
  readonly masks?: MaskForm;
  readonly regions?: typeof REGIONS[number];
}

/** The flags of classification. */
export interface ClassifyFlags {
  readonly top: number;
}

/** The flags of each task that is to run. */
export interface TaskFlags {
  readonly detect?: DetectFlags;
  readonly segment?: SegmentFlags;
  readonly classify?: ClassifyFlags;
}

/** The default model: everyday photos. */
export const DEFAULT_MODEL = "mb3-large-075";

/** The embedded model for street scenes. */
export const STREET_MODEL = "street";

/** What the default model and `-m street` segment, for help. */
export const KNOWN_PIXELS =
  "By default it knows Pascal VOC's everyday classes: person, bird, cat, cow, dog, horse, sheep, aeroplane, bicycle, boat, bus, " +
  "car, motorbike, train, bottle, chair, dining table, potted plant, sofa, tv monitor; all else is background. " +
  "-m street knows street scenes: sky, building, pole, road, pavement, tree, sign, fence, car, pedestrian, bicyclist; its " +
  "weights are for non-commercial use.";

/** What the embedded models detect, for help. */
export const KNOWN_OBJECTS =
  "By default it knows COCO's 80 classes: people, vehicles, animals, furniture, food, household and sports things " +
  '("bneck models show everyday --json" lists them).';

/** Frames a second. */
function parseRate(text: string): number {
  const rate = parseDecimal(text);
  if (!(rate >= 0.001 && rate <= 1000)) {
    throw usageError(`expected frames a second from 0.001 to 1000, got ${text}`);
  }
  return rate;
}

/** For the flags of a command: everything but `--save`, whose values differ. */
export const PREDICT_FLAGS = {
  ...MODEL_FLAGS,
  out: folderFlag("the folder for the files to save; it gets the folders of the inputs"),
  size: sizeFlag(),
  classes: namesFlag(
    "print and save only these classes, such as person,car; in label images all other pixels are 255",
  ),
  ...IMAGE_FLAGS,
  pictureSize: countFlagWithDefault(
    "the longer side of overlays and of images with boxes, where the image is larger; 0 for the image's own",
    DEFAULT_PICTURE_SIZE,
    { min: 0, placeholder: "PIXELS" },
  ),
  memory: memoryFlag,
  timeout: countFlagWithDefault("give up on an image after this many seconds", DEFAULT_TIMEOUT, {
    max: 1_000_000,
    placeholder: "SECONDS",
  }),
  videos: { kind: "boolean", withNegated: false, brief: "take the videos in folders, too" },
  every: countFlag("of a video, every N-th frame, the first included", { placeholder: "N" }),
  fps: {
    kind: "parsed",
    parse: parseRate,
    optional: true,
    placeholder: "RATE",
    brief: "of a video, at most this many frames a second, such as 2 or 0.5",
  },
  timings: {
    kind: "boolean",
    withNegated: false,
    brief:
      "print what each stage took, summed over the workers, which then do one image at a time; the parts of " +
      "the network are those of 20 profiled runs at a typical size",
  },
  shard: shardFlag,
  show: { kind: "boolean", withNegated: false, brief: "draw each image with what was found on the terminal" },
  report: fileFlag("write a report with small images, counts and failures, one HTML file"),
  reportImages: countFlagWithDefault("how many images the report shows", 200, {
    min: 0,
    max: 5000,
    placeholder: "N",
  }),
  reportOrder: choiceFlag(
    "which ones: spread evenly over the run, or those of which the model is least sure",
    REPORT_ORDERS,
    "spread",
    "ORDER",
  ),
  ...WORKER_FLAGS,
  ...FILE_FLAGS,
  ...RESULT_FLAGS,
} as const;

/** `--annotations`. */
const ANNOTATIONS_FLAG = {
  annotations: fileFlag("a COCO annotations file that gives the image and category ids for --save coco"),
} as const;

/** `--score`, `--iou`, `--max`, `--annotations`, `--yolo-scores`. */
export const DETECT_FLAGS = {
  score: fractionFlagWithDefault("report objects with at least this score", 0.25),
  iou: fractionFlag(
    "drop the weaker of two boxes of a class that overlap more than this (default: as published with the model)",
  ),
  max: countFlagWithDefault("report at most this many objects in an image", 100),
  ...ANNOTATIONS_FLAG,
  yoloScores: {
    kind: "boolean",
    default: true,
    brief: "end the lines of --save yolo with the score; --no-yolo-scores writes labels to train with",
  },
} as const;

/** Where the colours of classes come from. */
const PALETTES = ["model", "contrast"] as const;

/** How label images hold their ids. */
const ID_FORMS = ["indexed", "plain"] as const;

/** What the regions of a segmentation are. */
const REGIONS = ["parts", "classes"] as const;

/** `--opacity`, `--legend`, `--palette`, `--ids`, `--tta`, `--annotations`, `--masks`, `--regions`. */
export const SEGMENT_FLAGS = {
  opacity: fractionFlagWithDefault("how much the class colours cover the photo in overlays", 0.5),
  legend: {
    kind: "enum",
    values: LEGENDS,
    optional: true,
    placeholder: "FORM",
    brief:
      "name the classes in a strip below overlays and colour images, in their regions, or not at all (default: a " +
      "strip below overlays, colour images are left as they are)",
  },
  palette: choiceFlag(
    "the class colours: the model's, or some of high contrast that colour-blind people can tell apart",
    PALETTES,
    "model",
  ),
  ids: choiceFlag(
    "the PNGs of label images: indexed, with the class colours, or plain grey values, which every program reads alike",
    ID_FORMS,
    "indexed",
    "FORM",
  ),
  tta: TTA_FLAG,
  ...ANNOTATIONS_FLAG,
  masks: {
    kind: "enum",
    values: MASK_FORMS,
    optional: true,
    placeholder: "FORM",
    brief: "masks in --save coco and dataset: run lengths (default), or polygons along the edges of pixels",
  },
  regions: {
    kind: "enum",
    values: REGIONS,
    optional: true,
    placeholder: "KIND",
    brief:
      "what --save coco and dataset of segment hold: each connected part of a class (default), or one region per class",
  },
} as const;

/** `--top`. */
export const CLASSIFY_FLAGS = {
  top: countFlagWithDefault("print this many classes of an image, the likeliest first", 5, {
    placeholder: "K",
  }),
} as const;

/** `--model` and `--classes` with completions for the tasks of a command. */
export function taskFlags(...tasks: readonly ("detect" | "segment")[]) {
  const { model, classes } = PREDICT_FLAGS;
  return {
    model: modelFlag(model.brief, tasks),
    classes: { ...classes, proposeCompletions: () => proposeClasses(tasks) },
  } as const;
}

/** A `--save` flag; `standard` is what `--out` alone saves. */
export function saveFlag<const T extends Save>(values: readonly T[], standard: readonly NoInfer<T>[]) {
  return {
    kind: "enum",
    values,
    variadic: ",",
    optional: true,
    placeholder: "LIST",
    brief: `what to save for each image in --out (default: ${standard.join(",")})`,
  } as const;
}

/** `-m`, `-o`, `-j`. */
export const PREDICT_ALIASES = { ...MODEL_ALIASES, o: "out", ...WORKER_ALIASES } as const;

/** For {@linkcode command}. */
export const PREDICT_EXCLUSIVE = [
  ["every", "fps"],
  RESULT_FLAGS_EXCLUSIVE,
  FILE_FLAGS_EXCLUSIVE,
  ["show", "json"],
  ["show", "jsonl"],
] as const;

/** The inputs. */
export const PREDICT_INPUTS = INPUTS;
