/** What a quantized file says of how it was made, in its `metadata_props`; checked on reading, since a file may be anybody's. */
import { isJsonObject } from "../core/files/mod.ts";

/** How a model was quantized, and what it cost and gained. */
export interface QuantizationRecord {
  /** `int8`, or `int8 weights` where the arithmetic is in float. */
  readonly method: string;
  /** The blocks in int8, and those left in float. */
  readonly blocks: readonly string[];
  readonly floatBlocks: readonly string[];
  /** The images that it was calibrated on: how many, and SHA-256 of their files. */
  readonly calibration: { readonly images: number; readonly digest: string };
  /** Squared differences of the outputs as a share of their variance. */
  readonly error: number;
  /** What the model scored before and after. */
  readonly score?: {
    readonly metric: string;
    readonly images: number;
    readonly float: number;
    readonly int8: number;
  };
  /** On how many of the images weights were tuned, how many layers, and the error of the outputs before. */
  readonly tuning?: {
    readonly images: number;
    readonly layers: number;
    readonly seed: number;
    readonly before: number;
  };
  /** Medians of runs in turns, in milliseconds. */
  readonly milliseconds?: { readonly float: number; readonly int8: number; readonly ratio: number };
  /** What it was measured on. */
  readonly processor: string;
  readonly runtime: string;
  readonly size: string;
  readonly date: string;
}

/** The key of the record. */
export const QUANTIZATION_KEY = "bneck.quantization";

/** No network has more blocks. */
const MAX_BLOCKS = 10_000;

type Fail = (what: string) => never;

/** Reads a record from JSON that may be anything; `clean` makes text safe to print. */
export function parseQuantization(
  json: unknown,
  clean: (text: string) => string,
  fail: Fail,
): QuantizationRecord {
  const invalid = (what: string) => fail(`${QUANTIZATION_KEY}: ${what} is invalid`);
  if (!isJsonObject(json)) return invalid("the record");
  const text = (of: Record<string, unknown>, key: string): string =>
    typeof of[key] === "string" ? clean(of[key]) : invalid(key);
  const number = (of: Record<string, unknown>, key: string): number => {
    const value = of[key];
    return typeof value === "number" && Number.isFinite(value) ? value : invalid(key);
  };
  const object = (of: Record<string, unknown>, key: string): Record<string, unknown> => {
    const value = of[key];
    return isJsonObject(value) ? value : invalid(key);
  };
  const names = (key: string): string[] => {
    const value = json[key];
    if (!Array.isArray(value) || value.length > MAX_BLOCKS) return invalid(key);
    return value.map((name) => typeof name === "string" ? clean(name) : invalid(key));
  };
  const calibration = object(json, "calibration");
  const score = json.score === undefined ? undefined : object(json, "score");
  const tuning = json.tuning === undefined ? undefined : object(json, "tuning");
  const times = json.milliseconds === undefined ? undefined : object(json, "milliseconds");
  return {
    method: text(json, "method"),
    blocks: names("blocks"),
    floatBlocks: names("floatBlocks"),
    calibration: { images: number(calibration, "images"), digest: text(calibration, "digest") },
    error: number(json, "error"),
    ...(score
      ? {
        score: {
          metric: text(score, "metric"),
          images: number(score, "images"),
          float: number(score, "float"),
          int8: number(score, "int8"),
        },
      }
      : {}),
    ...(tuning
      ? {
        tuning: {
          images: number(tuning, "images"),
          layers: number(tuning, "layers"),
          seed: number(tuning, "seed"),
          before: number(tuning, "before"),
        },
      }
      : {}),
    ...(times
      ? {
        milliseconds: {
          float: number(times, "float"),
          int8: number(times, "int8"),
          ratio: number(times, "ratio"),
        },
      }
      : {}),
    processor: text(json, "processor"),
    runtime: text(json, "runtime"),
    size: text(json, "size"),
    date: text(json, "date"),
  };
}

/** A record as lines for people. */
export function quantizationTexts(record: QuantizationRecord): string[] {
  const { method, blocks, floatBlocks, calibration, error, score, tuning, milliseconds, processor } = record;
  return [
    method === "int8"
      ? `int8 in ${blocks.length} of ${blocks.length + floatBlocks.length} blocks` +
        (floatBlocks.length > 0 ? `; in float: ${floatBlocks.join(", ")}` : "")
      : method,
    `calibrated on ${calibration.images} ${calibration.images === 1 ? "image" : "images"} (SHA-256 ${
      calibration.digest.slice(0, 16)
    }…), ${record.date}; error of the outputs ${(100 * error).toPrecision(2)} %`,
    ...(tuning
      ? [
        `weights of ${tuning.layers} layers tuned on ${tuning.images} ${
          tuning.images === 1 ? "image" : "images"
        } (seed ${tuning.seed}); error of the outputs before ${(100 * tuning.before).toPrecision(2)} %`,
      ]
      : []),
    ...(score
      ? [
        `${score.metric} ${score.int8.toFixed(4)}, in float ${
          score.float.toFixed(4)
        }, on ${score.images} images`,
      ]
      : []),
    ...(milliseconds
      ? [
        `${milliseconds.int8.toFixed(2)} ms at ${record.size}, in float ${milliseconds.float.toFixed(2)}: ${
          milliseconds.ratio.toFixed(2)
        } times as fast on ${processor}, onnxruntime ${record.runtime}`,
      ]
      : []),
  ];
}
