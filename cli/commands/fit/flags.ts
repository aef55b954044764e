/** The flags of `bneck fit segment` and `bneck fit classify`. */
import { usageError } from "../../../core/errors.ts";
import type { Tune } from "../../../models/fit/mod.ts";
import {
  FILE_FLAGS,
  fileFlag,
  folderFlag,
  type ImageSize,
  JSON_FLAG,
  parseCount,
  parseDecimal,
  parsePath,
  textFlag,
  WORKER_FLAGS,
} from "../../flags/mod.ts";

/** For {@linkcode command}. */
export const WHEN_STOPPED = "what was done is kept, and the same command continues from there";

/** How far samples are scaled. */
export interface ScaleRange {
  readonly lowest: number;
  readonly highest: number;
}

/** What both commands take. */
export interface FitFlags {
  readonly out: string;
  readonly val?: string;
  readonly tune?: Tune;
  readonly init?: string;
  readonly seed?: number;
  readonly size?: number;
  readonly crop?: ImageSize;
  readonly outputStride?: 8 | 16 | 32;
  readonly variants?: number;
  readonly passes?: readonly number[];
  readonly batch?: readonly number[];
  readonly lr?: readonly number[];
  readonly backboneLr?: number;
  readonly scale?: ScaleRange;
  readonly balance?: number;
  readonly cache?: string;
  readonly maxCache?: number;
  readonly keepCache: boolean;
  readonly skipFaulty: boolean;
  readonly licence?: string;
  readonly report?: string;
  readonly dryRun: boolean;
  readonly workers?: number;
  readonly threads?: number;
  readonly overwrite: boolean;
  readonly json: boolean;
}

/** A positive number, such as a learning rate. */
function parsePositive(text: string): number {
  const value = parseDecimal(text);
  if (!(value > 0 && Number.isFinite(value))) throw usageError("expected a number above 0, such as 0.003");
  return value;
}

/** `360x480`: height and width; one number is a square's side. */
function parseCrop(text: string): ImageSize {
  const match = /^(\d{2,5})(?:[xX×](\d{2,5}))?$/.exec(text);
  if (!match) throw usageError("expected HEIGHTxWIDTH, such as 360x480");
  const height = parseCount(match[1], 64, 2048);
  return { height, width: match[2] === undefined ? height : parseCount(match[2], 64, 2048) };
}

/** `0.6,1.8`. */
function parseScale(text: string): ScaleRange {
  const factors = text.split(",").map(parsePositive);
  if (factors.length !== 2) throw usageError("expected two factors, such as 0.6,1.8");
  return { lowest: factors[0], highest: factors[1] };
}

function parseStride(text: string): 8 | 16 | 32 {
  if (text !== "8" && text !== "16" && text !== "32") throw usageError("expected 8, 16 or 32");
  return Number(text) as 8 | 16 | 32;
}

function number(brief: string, parse: (text: string) => number, placeholder: string) {
  return { kind: "parsed", parse, optional: true, placeholder, brief } as const;
}

function numbers(brief: string, parse: (text: string) => number, placeholder: string) {
  return { kind: "parsed", parse, variadic: ",", optional: true, placeholder, brief } as const;
}

const whole = (min: number, max: number) => (text: string) => parseCount(text.trim(), min, max);

/** Declarations of {@linkcode FitFlags}. */
export const FIT_FLAGS = {
  out: { kind: "parsed", parse: parsePath, placeholder: "FILE", brief: "the model to write (.safetensors)" },
  val: textFlag(
    "images to validate on: a share of those given (default 0.2; names that look like a video's frames are kept " +
      "together), or a folder of others, laid out as the first",
    "SHARE|DIR",
  ),
  tune: {
    kind: "enum",
    values: ["none", "tail", "C3"],
    optional: true,
    placeholder: "PART",
    brief:
      "how much of the backbone learns too: none, tail (the last three blocks) or C3 (all from stride 16 on); " +
      "default: tail for segmentation of 200 images and more",
  },
  init: fileFlag("begin with a file that bneck fit wrote for the same classes"),
  seed: number("another seed gives other samples and another order", whole(0, 2 ** 31 - 1), "N"),
  size: number("the shorter side of photos in pixels (default 384; classify 224)", whole(64, 2048), "PIXELS"),
  crop: {
    kind: "parsed",
    parse: parseCrop,
    optional: true,
    placeholder: "SIZE",
    brief: "the part of a photo that is a sample, HEIGHTxWIDTH (default: a square of --size)",
  },
  outputStride: {
    kind: "parsed",
    parse: parseStride,
    optional: true,
    placeholder: "8|16|32",
    brief: "pixels per cell of the coarse features: 32 is faster (default), 16 finds smaller things",
  },
  variants: number(
    "samples made of each image on average (default: 4 to 12, fewer of many)",
    whole(1, 100),
    "N",
  ),
  passes: numbers("times every sample is seen, of the head and of the backbone: 8,2", parsePositive, "N"),
  batch: numbers("samples per step, of the head and of the backbone: 16,8", whole(1, 256), "N"),
  lr: numbers("the highest learning rate of the head, in both stages: 0.003,0.001", parsePositive, "RATE"),
  backboneLr: number("the highest learning rate of the backbone (default 0.0003)", parsePositive, "RATE"),
  scale: {
    kind: "parsed",
    parse: parseScale,
    optional: true,
    placeholder: "LOW,HIGH",
    brief: "the lowest and highest scale of samples (default 0.6,1.8)",
  },
  balance: {
    kind: "parsed",
    parse: (text: string): number => text.trim() === "0" ? 0 : parsePositive(text),
    optional: true,
    placeholder: "POWER",
    brief: "how much rare classes count: 0 as they come, 1 all alike (default 0.25)",
  },
  cache: folderFlag("where features are kept while it runs (default: FILE.fit beside the model)"),
  maxCache: number("gigabytes that features may take (default 8)", parsePositive, "GB"),
  keepCache: { kind: "boolean", withNegated: false, brief: "keep the features, for another recipe" },
  skipFaulty: { kind: "boolean", withNegated: false, brief: "leave out images that cannot be used" },
  licence: textFlag("the licence of the model, for its card (default: unknown)", "TEXT"),
  report: fileFlag("write a report with curves, classes and the worst images (.html)"),
  dryRun: {
    kind: "boolean",
    withNegated: false,
    brief: "look at the data and estimate the time, train nothing",
  },
  ...WORKER_FLAGS,
  threads: number(
    "threads of a training step (default 1; more may change the last digits)",
    whole(1, 64),
    "N",
  ),
  overwrite: { ...FILE_FLAGS.overwrite, brief: "replace the model if it exists" },
  json: JSON_FLAG,
} as const;

/** Short forms of {@linkcode FIT_FLAGS}. */
export const FIT_ALIASES = { o: "out", j: "workers" } as const;
