/** The flags of `segment`, `detect`, `run` and `classify`. */
import { usageError } from "../../../core/errors.ts";
import type { InputSize } from "../../../models/input_size.ts";
import {
  CLASSIFY_FILES,
  DEFAULT_PICTURE_SIZE,
  DEFAULT_TIMEOUT,
  DETECT_FILES,
  MASK_FILES,
  SEGMENT_FILES,
} from "../../../models/pipeline/job.ts";
import type { Context } from "../../context.ts";
import {
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
  type ModelFlags,
  namesFlag,
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

/** What `--save` takes for a segmentation. */
export const SEGMENT_SAVES = SEGMENT_FILES;

/** What `--save` takes for a detection; `coco` is one results file for all images. */
export const DETECT_SAVES = [...DETECT_FILES, "coco"] as const;

/** What `--save` takes for both: `cutouts` are objects with the mask of their class. */
export const ALL_SAVES = [...DETECT_SAVES, ...SEGMENT_SAVES, ...MASK_FILES] as const;

/** What `--save` takes for a classification. */
export const CLASSIFY_SAVES = CLASSIFY_FILES;

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
  readonly timings: boolean;
  readonly shard?: Shard;
}

/** The flags of detection. */
export interface DetectFlags {
  readonly score: number;
  readonly iou?: number;
  readonly max: number;
  readonly annotations?: string;
}

/** The flags of segmentation. */
export interface SegmentFlags {
  readonly opacity: number;
  readonly tta?: "flip";
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

/**
 * Loads the code of a command when it is run.
 *
 * @param saves what is saved with `--out` alone.
 * @param tasks picks the tasks to run and the flags of each.
 */
export function predictWith<FLAGS extends PredictFlags>(
  saves: readonly Save[],
  tasks: (flags: FLAGS) => TaskFlags,
) {
  return async () => {
    const { predict } = await import("./run.ts");
    return {
      default(this: Context, flags: FLAGS, ...inputs: string[]): Promise<void> {
        return predict(this, { ...flags, save: savesOf(flags, saves) }, tasks(flags), inputs);
      },
    };
  };
}

/** @throws {BneckError} (usage) Files are asked for, but no folder for them. */
function savesOf({ out, save, overwrite, skipExisting }: PredictFlags, standard: readonly Save[]) {
  const given = save ? "--save" : overwrite ? "--overwrite" : skipExisting ? "--skip-existing" : undefined;
  if (out === undefined && given !== undefined) {
    throw usageError(`${given} needs --out, the folder for the files`);
  }
  return save ?? standard;
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
  timings: {
    kind: "boolean",
    withNegated: false,
    brief:
      "print what each stage took, summed over the workers, which then do one image at a time; the parts of " +
      "the network are those of 20 profiled runs at a typical size",
  },
  shard: shardFlag,
  ...WORKER_FLAGS,
  ...FILE_FLAGS,
  ...RESULT_FLAGS,
} as const;

/** `--score`, `--iou`, `--max`, `--annotations`. */
export const DETECT_FLAGS = {
  score: fractionFlagWithDefault("report objects with at least this score", 0.25),
  iou: fractionFlag(
    "drop the weaker of two boxes of a class that overlap more than this (default: as published with the model)",
  ),
  max: countFlagWithDefault("report at most this many objects in an image", 100),
  annotations: fileFlag("a COCO annotations file that gives the image ids for --save coco"),
} as const;

/** `--opacity`, `--tta`. */
export const SEGMENT_FLAGS = {
  opacity: fractionFlagWithDefault("how much the class colours cover the photo in overlays", 0.5),
  tta: TTA_FLAG,
} as const;

/** `--top`. */
export const CLASSIFY_FLAGS = {
  top: countFlagWithDefault("print this many classes of an image, the likeliest first", 5, {
    placeholder: "K",
  }),
} as const;

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
export const PREDICT_EXCLUSIVE = [RESULT_FLAGS_EXCLUSIVE, FILE_FLAGS_EXCLUSIVE] as const;

/** The inputs. */
export const PREDICT_INPUTS = INPUTS;
