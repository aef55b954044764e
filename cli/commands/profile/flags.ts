/** The flags of `bneck profile`. */
import { usageError } from "../../../core/errors.ts";
import type { InputChoice } from "../../../core/profile/feeds.ts";
import type { EffectName, PaperTableName } from "../../../models/zoo/paper_tables.ts";
import { TABLE_FORMATS } from "../../console/table.ts";
import { type ImageSize, parseDecimal } from "../../flags/mod.ts";
import { LARGEST_SIDE } from "../../../models/input_size.ts";

/** What a row can stand for. */
export const GROUPINGS = ["layer", "block", "op", "stage"] as const;

/** The columns that rows can be sorted by. */
export const SORT_COLUMNS = ["params", "madds", "activation", "ms", "gmadds"] as const;

/** The forms that results can be printed in. */
export const RESULT_FORMATS = [...TABLE_FORMATS, "json"] as const;

/** The tables of figures that can be printed beside those of this machine. */
export const PAPER_TABLE_NAMES = [
  "table3",
  "table4",
  "table6",
  "table7",
  "table8",
  "table9",
  "readmes",
] as const satisfies readonly PaperTableName[];

/** The value of `--weights` when no file is given; a file of that name is `./random`. */
export const RANDOM_WEIGHTS = "random";

/** The runtime's profiler records a million events, and a network has some hundred layers. */
export const MAX_RUNS = 5000;

/** More threads would only wait for each other. */
export const MAX_THREADS = 256;

/** One of {@linkcode RESULT_FORMATS}. */
export type ResultFormat = typeof RESULT_FORMATS[number];

/** Images of one batch. */
export const MAX_BATCH = 1024;

/** What the command line asks for. */
export interface ProfileFlags {
  readonly size?: ImageSize;
  readonly input?: readonly NamedInput[];
  readonly by?: typeof GROUPINGS[number];
  readonly sort?: typeof SORT_COLUMNS[number];
  readonly top?: number;
  readonly count?: "plain" | "extended";
  readonly threads: readonly number[];
  readonly batch?: readonly number[];
  readonly failAbove?: number;
  readonly runs?: number;
  readonly warmup?: number;
  readonly latency: boolean;
  readonly measure?: "latency" | "none";
  /** {@linkcode RANDOM_WEIGHTS}, or the path of a file. */
  readonly weights: string;
  readonly arch?: string;
  readonly weightsKey?: string;
  readonly paper?: PaperTableName;
  readonly effect?: EffectName;
  readonly list: boolean;
  readonly format?: ResultFormat;
  readonly json: boolean;
  readonly report?: string;
  readonly trace?: string;
  readonly flops: boolean;
  readonly wide: boolean;
}

/** Whether to measure as well as count. */
export function measures({ latency, measure }: Pick<ProfileFlags, "latency" | "measure">): boolean {
  return latency && measure !== "none";
}

/** What an input of a network is to be. */
export interface NamedInput extends InputChoice {
  readonly name: string;
}

/**
 * Reads `image:1x3x224x224`, `length:1=7` or `threshold=0.5`. Names of inputs may hold colons.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseInput(text: string): NamedInput {
  const match = /^(?<name>.+?)(?::(?<shape>\d+(?:x\d+)*))?(?:=(?<value>-?\d*\.?\d+(?:e[+-]?\d+)?))?$/i.exec(
    text,
  );
  const { name, shape, value } = match?.groups ?? {};
  if (shape === undefined && value === undefined) {
    throw usageError("expected NAME:SHAPE, such as image:1x3x224x224");
  }
  const lengths = shape?.split(/x/i).map(Number);
  const elements = lengths?.reduce((product, length) => product * length, 1) ?? 1;
  if (elements < 1 || elements > 3 * LARGEST_SIDE ** 2) {
    throw usageError(`a shape must have 1 to ${3 * LARGEST_SIDE ** 2} elements, not ${elements}`);
  }
  return {
    name,
    ...(lengths ? { shape: lengths } : {}),
    ...(value === undefined ? {} : { value: Number(value) }),
  };
}

/**
 * Reads `1,2,4`.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseCounts(text: string, max: number): number[] {
  const counts = text.split(",").map((part) => /^\d{1,6}$/.test(part.trim()) ? Number(part) : NaN);
  if (!counts.every((count) => count >= 1 && count <= max)) {
    throw usageError(`expected whole numbers from 1 to ${max}, such as 1,2,4`);
  }
  return [...new Set(counts)];
}

/**
 * Reads a ratio such as `1.05`.
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseRatio(text: string): number {
  const ratio = parseDecimal(text);
  if (!(ratio > 0 && ratio < 1000)) throw usageError("expected a ratio of times, such as 1.05");
  return ratio;
}

/** An `--input` flag: any number of inputs. */
export function inputFlag(brief: string) {
  return {
    kind: "parsed",
    parse: parseInput,
    variadic: ",",
    optional: true,
    placeholder: "NAME:SHAPE",
    brief,
  } as const;
}
