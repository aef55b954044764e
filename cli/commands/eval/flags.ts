/** What the evaluations share: their flags, and what they say when they are stopped. */
import type { InputSize } from "../../../models/input_size.ts";
import type { Task } from "../../../models/network.ts";
import type { ModelRequest } from "../../../models/open.ts";
import {
  countFlag,
  fileFlag,
  folderFlag,
  type Gate,
  gatesFlag,
  IMAGE_FLAGS,
  type ImageFlags,
  JSON_FLAG,
  memoryFlag,
  modelFlag,
  type ModelFlags,
  modelRequest,
  SCORED_WEIGHTS_FLAGS,
  type Shard,
  shardFlag,
  sizeFlag,
  WIDE_FLAG,
  WORKER_ALIASES,
  WORKER_FLAGS,
  type WorkerFlags,
} from "../../flags/mod.ts";
import { TABLE_FORMATS } from "../../console/table.ts";

/** The forms that scores can be printed in. */
const SCORE_FORMATS = [...TABLE_FORMATS, "json"] as const;

/** What is shown, and of which part of the set. */
export interface ScoreFlags extends ImageFlags, WorkerFlags {
  readonly json: boolean;
  readonly format?: typeof SCORE_FORMATS[number];
  readonly perClass: boolean;
  readonly wide: boolean;
  readonly min?: readonly Gate[];
  readonly limit?: number;
  readonly shard?: Shard;
  readonly saveState?: string;
  readonly report?: string;
  readonly memory?: number;
  readonly timings: boolean;
}

/** For {@linkcode command}. */
export const WHEN_STOPPED =
  "there are no scores, as a set is scored whole; --shard and --save-state score it in parts, which can be repeated one by one";

/** For every evaluation. Exclusive: {@linkcode SCORE_EXCLUSIVE}. */
export const SCORE_FLAGS = {
  perClass: { kind: "boolean", withNegated: false, brief: "also print the scores of each class" },
  json: JSON_FLAG,
  format: {
    kind: "enum",
    values: SCORE_FORMATS,
    optional: true,
    placeholder: "FORM",
    brief: "how scores are printed (default: table)",
  },
  wide: WIDE_FLAG,
  min: {
    ...gatesFlag,
    brief:
      "exit with status 4 when a metric is below NUMBER: AP=0.25 (coco), mIoU=0.57,IoU.car=0.8, top1=0.7, …",
  },
  limit: countFlag("score only the first N images"),
  shard: shardFlag,
  saveState: fileFlag("write what was counted, to be merged with other shards by bneck eval merge"),
  report: fileFlag("write a report with charts and the worst images, one HTML file"),
  ...IMAGE_FLAGS,
  memory: memoryFlag,
  timings: {
    kind: "boolean",
    withNegated: false,
    brief: "print what each stage took, summed over the workers, which then do one image at a time",
  },
  ...WORKER_FLAGS,
} as const;

/** For {@linkcode command}. */
export const SCORE_EXCLUSIVE = ["json", "format"] as const;

/** The model of an evaluation, where `--labels` are those of the images. */
export interface ScoredModelFlags extends Omit<ModelFlags, "labels"> {
  readonly modelLabels?: string;
}

/** The model that the flags ask for; `standard` when they name none. */
export function scoredModel(
  { modelLabels, ...flags }: ScoredModelFlags,
  standard?: string,
): ModelRequest {
  return modelRequest({ ...flags, labels: modelLabels }, standard);
}

/** Where the predictions come from: a model that is run, or files that exist. */
export interface SourceFlags extends ScoredModelFlags {
  readonly size?: InputSize;
  readonly predictions?: string;
}

/** `--model`, `--weights` and what belongs to them, and `--size`; `--predictions` differs. */
const MODEL_FLAGS = {
  model: modelFlag(
    "the model to run, unless predictions are given: its name, or a file that bneck export wrote",
  ),
  ...SCORED_WEIGHTS_FLAGS,
  size: sizeFlag(),
} as const;

/** {@linkcode MODEL_FLAGS}, where completions are models for one task. */
export function taskModelFlags(task: Task) {
  return { ...MODEL_FLAGS, model: modelFlag(MODEL_FLAGS.model.brief, [task]) } as const;
}

/** Flags that say nothing about predictions that exist. */
export const SOURCE_EXCLUSIVE = [
  ["predictions", "model"],
  ["predictions", "weights"],
  ["predictions", "size"],
  ["predictions", "memory"],
] as const;

/** Saving what a model predicts. */
export interface SaveFlags {
  readonly savePredictions?: string;
  readonly overwrite: boolean;
}

/** `--save-predictions`, `--overwrite`. */
export const SAVE_FLAGS = {
  savePredictions: folderFlag("save what the model predicts, as label images at full resolution"),
  overwrite: { kind: "boolean", withNegated: false, brief: "replace predictions that exist in that folder" },
} as const;

/** `-m`, `-j`. */
export const SCORE_ALIASES = { m: "model", ...WORKER_ALIASES } as const;

/** A flag that must be given. */
export function required<const FLAG extends object>(flag: FLAG) {
  return { ...flag, optional: false } as const;
}
