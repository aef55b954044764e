/** The flags of `bneck adapt`. */
import { usageError } from "../../../core/errors.ts";
import {
  countFlag,
  FILE_FLAGS,
  fileFlag,
  folderFlag,
  JSON_FLAG,
  namesFlag,
  parseCount,
  parseDecimal,
  parsePath,
  textFlag,
  timeLimitFlag,
  WORKER_FLAGS,
} from "../../flags/mod.ts";

/** The target latency: a fraction of the original's latency, or milliseconds. */
export type TargetFlag = { readonly fraction: number } | { readonly milliseconds: number };

/** What the command takes. */
export interface AdaptFlags {
  readonly out: string;
  readonly target: TargetFlag;
  readonly calibrate: readonly string[];
  readonly heads?: readonly string[];
  readonly evaluate?: string;
  readonly images?: string;
  readonly classes?: string;
  readonly baselines: boolean;
  readonly filters: "effect" | "magnitude";
  readonly step?: number;
  readonly samples?: number;
  readonly compare?: number;
  readonly short?: number;
  readonly long?: number;
  readonly seed?: number;
  readonly threads?: number;
  /** In seconds. */
  readonly timeLimit?: number;
  readonly log?: string;
  readonly report?: string;
  readonly workers?: number;
  readonly overwrite: boolean;
  readonly json: boolean;
}

/**
 * `0.75`, `75%` or `5ms`.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseTarget(text: string): TargetFlag {
  const match = /^(.*?)\s*(ms|%)?$/i.exec(text.trim());
  const value = parseDecimal(match?.[1] ?? "");
  const unit = match?.[2]?.toLowerCase();
  if (!match || !(value > 0) || !Number.isFinite(value)) {
    throw usageError(
      "expected a fraction of the measured latency, such as 0.75, or milliseconds, such as 5ms",
    );
  }
  if (unit === "ms") return { milliseconds: value };
  const fraction = unit === "%" ? value / 100 : value;
  if (fraction >= 1) {
    throw usageError(
      "a fraction of the latency must be below 1; milliseconds are written with their unit, such as 5ms",
    );
  }
  return { fraction };
}

function parseStep(text: string): number {
  const value = parseDecimal(text);
  if (!(value >= 0.001 && value <= 0.5)) {
    throw usageError("expected a number from 0.001 to 0.5, such as 0.01");
  }
  return value;
}

const count = (brief: string, min: number, max: number) => countFlag(brief, { min, max });

/** Declarations of {@linkcode AdaptFlags}. */
export const ADAPT_FLAGS = {
  out: { kind: "parsed", parse: parsePath, placeholder: "FILE", brief: "the model to write (.safetensors)" },
  target: {
    kind: "parsed",
    parse: parseTarget,
    placeholder: "FRACTION|MS",
    brief: "the target latency: a fraction of the latency measured here (0.75), or milliseconds (5ms)",
  },
  calibrate: {
    kind: "parsed",
    parse: String,
    variadic: true,
    placeholder: "IMAGES",
    brief: "images like those that the network will see, without labels: folders, files, patterns or @lists",
  },
  heads: namesFlag("only these of the model's heads: detect, segment or classify", "HEADS"),
  evaluate: textFlag(
    "score every step on ground truth: COCO annotations for a detector, a folder of label images for a segmenter, or " +
      "labels of labelme, YOLO or CVAT; the scores do not influence the search",
    "LABELS",
  ),
  images: folderFlag("the photos of --evaluate"),
  classes: fileFlag("the class list of --evaluate's label images"),
  baselines: {
    kind: "boolean",
    withNegated: false,
    brief: "also score uniform narrowing and smaller images at the same latencies, for the report",
  },
  filters: {
    kind: "enum",
    values: ["effect", "magnitude"],
    default: "effect",
    placeholder: "RULE",
    brief:
      "which channels are kept: those with the largest effect on the layers that read them, or those with the largest filters",
  },
  step: {
    kind: "parsed",
    parse: parseStep,
    optional: true,
    placeholder: "FRACTION",
    brief:
      "how much every proposal must save at least, as a fraction of the original's latency (default 0.01)",
  },
  samples: count("how many images the features are sampled from (default 128)", 4, 4096),
  compare: count("how many other images proposals are compared with the original on (default 16)", 1, 1024),
  short: count("training steps after each step, with the original as the teacher (default 0)", 0, 10_000),
  long: count("training steps at the end, with the original as the teacher (default 400)", 0, 1_000_000),
  seed: {
    kind: "parsed",
    parse: (text: string): number => parseCount(text, 0, 2 ** 31 - 1),
    optional: true,
    placeholder: "N",
    brief: "the seed by which images and samples are chosen (default 0)",
  },
  threads: count("threads of the network, in measurements too (default 1)", 1, 64),
  timeLimit: timeLimitFlag("stop after about this time and keep the steps taken so far, such as 15m"),
  log: fileFlag("a log of all steps and proposals, as lines of JSON (default: the model's name with .jsonl)"),
  report: fileFlag("write a report with a chart of all steps (.html)"),
  ...WORKER_FLAGS,
  overwrite: { ...FILE_FLAGS.overwrite, brief: "replace the model if it exists" },
  json: JSON_FLAG,
} as const;

/** Short forms of {@linkcode ADAPT_FLAGS}. */
export const ADAPT_ALIASES = { o: "out", j: "workers" } as const;
