/**
 * Quantizing a model: what its tensors hold, what int8 does to each block in speed and in results, and the fastest choice
 * that keeps the results. How it is done, and why, is in `docs/quantize.md`.
 */
import { usageError } from "../../../core/errors.ts";
import type { Extent } from "../../../core/graph/mod.ts";
import type { OnnxModel } from "../../../core/onnx/mod.ts";
import { exactWeightLimit, type RangeRule } from "../../../core/quantize/mod.ts";
import type { Scorer } from "../score.ts";
import type { PairTime, Stopwatch } from "./block_times.ts";
import { blocksOf } from "./blocks.ts";
import { calibrate, type CalibrationSummary } from "./calibrate.ts";
import { chooseBlocks } from "./choose.ts";
import { type Candidate, Run } from "./run.ts";
import type { FloatModel } from "./source.ts";

/** How a model is quantized. */
export interface QuantizeOptions {
  /** Images to calibrate on: files, folders, patterns. */
  readonly images: readonly string[];
  /** How many of them, at most. @default {64} */
  readonly count?: number;
  /** Scores candidates; without it their outputs are compared with the float network's. */
  readonly scorer?: Scorer;
  /**
   * How much of the metric may be lost, or with no scorer, the largest error of the outputs.
   * @default {0.01 of a metric, of top-1 and top-5 0.02; an error of 0.02}
   */
  readonly maxDrop?: number;
  /** Whether each block alone is scored, which takes as many evaluations; otherwise its outputs are compared. */
  readonly scan?: "metric" | "error";
  /** By how much the network must be faster in int8. @default {1.05} */
  readonly minSpeedup?: number;
  /** Only stores weights in int8 and computes in float. @default {false} */
  readonly sizeOnly?: boolean;
  /** Tunes weights, for some time. @default {not at all} */
  readonly tune?: {
    /** Of all tuning together. */
    readonly seconds: number;
    /** By which places are chosen. @default {0} */
    readonly seed?: number;
  };
  readonly maxPixels?: number;
  readonly workers?: number;
  readonly threads?: number;
  /** While weights are tuned it ends that, and what there is becomes the result. */
  readonly signal?: AbortSignal;
  /** How times are measured. @default {on this machine} */
  readonly stopwatch?: Stopwatch;
  readonly listener?: QuantizeListener;
}

/** What may be lost of a metric where nothing is said. */
const MAX_DROP = 0.01;
const MAX_DROPS: Readonly<Record<string, number>> = { top1: 0.02, top5: 0.02 };

/** The largest error of the outputs where nothing is said. */
const MAX_ERROR = 0.02;

/** Told what happens. */
export interface QuantizeListener {
  /** A stage begins; of `total` steps. */
  readonly onStage?: (stage: QuantizeStage, total: number) => void;
  readonly onStep?: () => void;
  readonly onNote?: (note: string) => void;
}

/** What takes time. */
export type QuantizeStage =
  | "calibrating"
  | "timing blocks"
  | "scanning blocks"
  | "tuning weights"
  | "correcting biases"
  | "scoring"
  | "timing";

/** A block, and what int8 makes of it. */
export interface BlockRow {
  readonly name: string;
  /** Milliseconds. */
  readonly float: number;
  readonly int8: number;
  /** The error of the outputs with this block alone in int8. */
  readonly error: number;
  /** What the metric loses with this block alone in int8. */
  readonly drop?: number;
  /** How the ranges of its tensors were chosen. */
  readonly rule: RangeRule;
  readonly chosen: boolean;
}

/** What tuning did. */
export interface TuningSummary {
  /** How many layers were tuned, and how many could be. */
  readonly layers: number;
  readonly total: number;
  readonly images: number;
  readonly seed: number;
  /** The error of the outputs on images that had no part in it. */
  readonly before: number;
  readonly after: number;
  /** What the metric was. */
  readonly score?: { readonly before?: number; readonly after: number };
  /** Whether the weights are in the result: not where they made it worse. */
  readonly kept: boolean;
  /** Why not all layers were tuned. */
  readonly stopped?: "time" | "interrupted";
}

/** What came of it. */
export interface Quantized {
  /** The file; absent where float is better. */
  readonly model?: OnnxModel;
  /** Why there is no file. */
  readonly kept?: string;
  readonly method: "int8" | "int8 weights";
  readonly blocks: readonly BlockRow[];
  readonly error: number;
  readonly score?: {
    readonly metric: string;
    readonly images: number;
    readonly float: number;
    readonly int8: number;
  };
  readonly tuning?: TuningSummary;
  readonly time: PairTime;
  /** The size at which it was timed. */
  readonly size: Extent;
  readonly calibration: CalibrationSummary;
}

/**
 * Quantizes a model.
 *
 * @throws {BneckError} if there are no images that can be read, or the model has nothing that could be int8
 */
export async function quantize(model: FloatModel, options: QuantizeOptions): Promise<Quantized> {
  const work = await calibrate(model, options);
  const blocks = blocksOf(model.parts, (tensor) => work.observers.has(tensor));
  if (blocks.length === 0) throw usageError(`${model.name} has no convolutions that could be int8`);
  const { scorer, maxDrop = scorer ? MAX_DROPS[scorer.metric] ?? MAX_DROP : MAX_ERROR } = options;
  const run = new Run(model, { ...options, maxDrop }, work, await exactWeightLimit());
  const float = scorer && await run.scored(model.bytes);
  if (options.sizeOnly) return await run.sizeOnly(float);

  const rows = await run.scan(blocks, await run.times(blocks), float);
  const isGood = ({ score, error }: Candidate) =>
    float === undefined ? error! <= maxDrop : float - score! <= maxDrop;
  let best: Candidate | undefined;
  const names = await chooseBlocks(
    rows.map(({ name, float, int8, error }) => ({ name, gain: float - int8, harm: error })),
    async (names) => {
      const plan = run.plan(blocks.filter(({ name }) => names.has(name)), rows);
      const found = await run.judged({ plan });
      const candidate = isGood(found) ? found : await run.tuned(found);
      if (!isGood(candidate)) return false;
      best = candidate;
      return true;
    },
  );
  const chosen = rows.map((row) => ({ ...row, chosen: names?.has(row.name) ?? false }));
  if (!best) return await run.finish(chosen, undefined, float);
  const tuned = best.tuning ? best : await run.tuned(best);
  return await run.finish(
    chosen,
    await run.corrected(tuned, blocks.filter(({ name }) => names!.has(name))),
    float,
  );
}
