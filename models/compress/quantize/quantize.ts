/**
 * Quantising a model: what its tensors hold, what int8 does to each block in speed and in results, and the fastest choice
 * that keeps the results. How it is done, and why, is in `docs/quantize.md`.
 */
import { usageError } from "../../../core/errors.ts";
import type { Extent } from "../../../core/graph/mod.ts";
import { encodeOnnx, type OnnxModel } from "../../../core/onnx/mod.ts";
import {
  chooseScales,
  exactWeightLimit,
  type QuantizationPlan,
  quantizeModel,
  type RangeRule,
  type ScaleOptions,
  withInt8Weights,
} from "../../../core/quantize/mod.ts";
import { blockTimes, comparePair, type PairTime } from "./block_times.ts";
import { type Block, blocksOf, unitNames } from "./blocks.ts";
import { BiasCorrection } from "./correct_biases.ts";
import { calibrate, type Calibration, type CalibrationSummary } from "./calibrate.ts";
import { chooseBlocks } from "./choose.ts";
import type { Scorer } from "../score.ts";
import { entryOf, type FloatModel } from "./source.ts";

/** How a model is quantised. */
export interface QuantizeOptions {
  /** Images to calibrate on: files, folders, patterns. */
  readonly images: readonly string[];
  /** How many of them, at most. @default {64} */
  readonly count?: number;
  /** Scores candidates; without it their outputs are compared with the float network's. */
  readonly scorer?: Scorer;
  /** How much of the metric may be lost, or with no scorer, the largest error of the outputs. */
  readonly maxDrop: number;
  /** Whether each block alone is scored, which takes as many evaluations; otherwise its outputs are compared. */
  readonly scan?: "metric" | "error";
  /** By how much the network must be faster in int8. @default {1.05} */
  readonly minSpeedup?: number;
  /** Only stores weights in int8 and computes in float. @default {false} */
  readonly sizeOnly?: boolean;
  readonly maxPixels?: number;
  readonly workers?: number;
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly listener?: QuantizeListener;
}

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
  readonly time: PairTime;
  /** The size at which it was timed. */
  readonly size: Extent;
  readonly calibration: CalibrationSummary;
}

/** Below this it is not worth it. */
const MIN_SPEEDUP = 1.05;

const RULES: readonly RangeRule[] = ["mse", "percentile", "min-max"];

/**
 * Quantises a model.
 *
 * @throws {BneckError} if there are no images that can be read, or the model has nothing that could be int8
 */
export async function quantize(model: FloatModel, options: QuantizeOptions): Promise<Quantized> {
  const { listener = {}, signal } = options;
  const work = await calibrate(model, options);
  const blocks = blocksOf(model.parts, (tensor) => work.observers.has(tensor));
  if (blocks.length === 0) throw usageError(`${model.name} has no convolutions that could be int8`);
  const run = new Run(model, options, work, await exactWeightLimit());
  const float = options.scorer && await run.scored(model.bytes);
  if (options.sizeOnly) return await run.sizeOnly(float);

  listener.onStage?.("timing blocks", 2);
  const timing = { inputs: work.inputs, threads: options.threads, signal };
  const before = await blockTimes(model.bytes, model.name, blocks, timing);
  signal?.throwIfAborted();
  listener.onStep?.();
  const all = quantizeModel(model.onnx, run.planOf(blocks, {}));
  const after = await blockTimes(encodeOnnx(all), model.name, blocks, timing);
  signal?.throwIfAborted();
  listener.onStep?.();

  const rows = await run.scan(blocks, before, after, float);
  const plan = (names: ReadonlySet<string>) => run.plan(blocks.filter(({ name }) => names.has(name)), rows);
  let best: Candidate | undefined;
  const names = await chooseBlocks(
    rows.map(({ name, float, int8, error }) => ({ name, gain: float - int8, harm: error })),
    async (names) => {
      const model8 = quantizeModel(model.onnx, plan(names));
      if (float === undefined) return (await work.reference.error(model8)) <= options.maxDrop;
      const score = await run.scored(encodeOnnx(model8));
      const isGood = float - score <= options.maxDrop;
      if (isGood) best = { model: model8, score };
      return isGood;
    },
  );
  const chosen = rows.map((row) => ({ ...row, chosen: names?.has(row.name) ?? false }));
  if (!names) return await run.finish(chosen, undefined, float, undefined);
  best ??= { model: quantizeModel(model.onnx, plan(names)) };
  const corrected = await run.corrected(plan(names), blocks.filter(({ name }) => names.has(name)), best);
  return await run.finish(chosen, corrected.model, float, corrected.score);
}

/** A network in int8, and what it scores. */
interface Candidate {
  readonly model: OnnxModel;
  readonly score?: number;
}

/** A model on its way. */
class Run {
  constructor(
    private readonly model: FloatModel,
    private readonly options: QuantizeOptions,
    private readonly calibration: Calibration,
    private readonly weightLimit: number,
  ) {}

  /** A plan for some blocks. */
  planOf(blocks: readonly Block[], options: ScaleOptions): QuantizationPlan {
    const { model: { parts }, calibration: { observers }, weightLimit } = this;
    return chooseScales(parts, observers, unitNames(blocks), { ...options, weightLimit });
  }

  /** The metric of a variant. */
  async scored(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    const { scorer, listener = {}, workers, signal } = this.options;
    listener.onStage?.("scoring", scorer!.images);
    return await scorer!.score(entryOf(this.model, bytes), {
      workers,
      signal,
      onImage: () => listener.onStep?.(),
    });
  }

  /** The plan for some blocks, each with the rule that suits it. */
  plan(blocks: readonly Block[], rows: readonly { name: string; rule: RangeRule }[]): QuantizationPlan {
    const rules = new Map(rows.map(({ name, rule }) => [name, rule]));
    const ofTensors = blocks.flatMap(({ name, units }) =>
      units.flatMap(({ before, outputs }) =>
        [before, ...outputs].map((tensor) => [tensor, rules.get(name)!] as const)
      )
    );
    return this.planOf(blocks, { rules: new Map(ofTensors) });
  }

  /** Looks at each block alone. */
  async scan(
    blocks: readonly Block[],
    before: ReadonlyMap<string, number>,
    after: ReadonlyMap<string, number>,
    float: number | undefined,
  ): Promise<Omit<BlockRow, "chosen">[]> {
    const { listener = {}, signal, scan = "error" } = this.options;
    const { onnx } = this.model;
    const { reference } = this.calibration;
    listener.onStage?.("scanning blocks", blocks.length);
    const rows: Omit<BlockRow, "chosen">[] = [];
    for (const block of blocks) {
      let best: { error: number; rule: RangeRule; model: OnnxModel } | undefined;
      for (const rule of RULES) {
        signal?.throwIfAborted();
        const model = quantizeModel(onnx, this.planOf([block], { rule }));
        const error = await reference.error(model);
        if (!best || error < best.error) best = { error, rule, model };
      }
      rows.push({
        name: block.name,
        float: before.get(block.name) ?? 0,
        int8: after.get(block.name) ?? 0,
        error: best!.error,
        rule: best!.rule,
        ...(scan === "metric" && float !== undefined
          ? { drop: float - await this.scored(encodeOnnx(best!.model)) }
          : {}),
      });
      listener.onStep?.();
    }
    return rows;
  }

  /** The network with corrected biases, where that makes it better. */
  async corrected(
    plan: QuantizationPlan,
    blocks: readonly Block[],
    found: Candidate,
  ): Promise<Candidate> {
    const { listener = {}, signal, scorer } = this.options;
    const { reference, samples } = this.calibration;
    listener.onStage?.("correcting biases", blocks.length);
    const correction = await BiasCorrection.of(this.model, samples);
    const errorOf = (model: OnnxModel) => {
      listener.onStep?.();
      return reference.error(model);
    };
    const { plan: better } = await correction.correct(plan, blocks, errorOf, signal);
    if (better.corrections?.size === 0) return found;
    const model = quantizeModel(this.model.onnx, better);
    if (!scorer) return { model };
    const score = await this.scored(encodeOnnx(model));
    return score >= (found.score ?? -Infinity) ? { model, score } : found;
  }

  /** Compares the result with the float network. */
  async finish(
    blocks: readonly BlockRow[],
    model: OnnxModel | undefined,
    float: number | undefined,
    int8: number | undefined,
  ): Promise<Quantized> {
    const { minSpeedup = MIN_SPEEDUP, maxDrop, scorer } = this.options;
    const { calibration: { reference, seen, summary } } = this;
    const common = { method: "int8" as const, blocks, size: seen, calibration: summary };
    if (!model) {
      const nothing = { float: NaN, int8: NaN, ratio: 1, interval: [1, 1] as const, rounds: 0 };
      const kept = blocks.every((row) => row.int8 >= row.float)
        ? "no block is faster in int8 on this processor"
        : `no block can be int8 without losing more than ${maxDrop}${scorer ? ` ${scorer.metric}` : ""}`;
      return { ...common, kept, error: 0, time: nothing };
    }
    const time = await this.timed(model);
    const isFaster = time.ratio >= minSpeedup;
    return {
      ...common,
      ...(isFaster ? { model } : {
        kept: `in int8 it is ${time.ratio.toFixed(2)} times as fast, less than ${minSpeedup} times`,
      }),
      error: await reference.error(model),
      ...this.#score(float, int8),
      time,
    };
  }

  /** Why a model is not good enough, if it is not. */
  #spoilt(error: number, float: number | undefined, int8: number | undefined): string | undefined {
    const { scorer, maxDrop } = this.options;
    if (!scorer || float === undefined || int8 === undefined) {
      return error <= maxDrop
        ? undefined
        : `the error of the outputs is ${error.toPrecision(3)}, more than ${maxDrop}`;
    }
    const drop = float - int8;
    return drop <= maxDrop ? undefined : `${scorer.metric} drops by ${drop.toFixed(4)}, more than ${maxDrop}`;
  }

  #score(float: number | undefined, int8: number | undefined): Pick<Quantized, "score"> {
    const { scorer } = this.options;
    if (!scorer || float === undefined || int8 === undefined) return {};
    return { score: { metric: scorer.metric, images: scorer.images, float, int8 } };
  }

  async timed(model: OnnxModel): Promise<PairTime> {
    const { listener = {}, threads, signal } = this.options;
    listener.onStage?.("timing", 1);
    const { bytes, name } = this.model;
    const time = await comparePair(bytes, encodeOnnx(model), name, {
      inputs: this.calibration.inputs,
      threads,
      signal,
    });
    listener.onStep?.();
    return time;
  }

  /** Stores the weights in int8. */
  async sizeOnly(float: number | undefined): Promise<Quantized> {
    const model = withInt8Weights(this.model.onnx);
    const int8 = float === undefined ? undefined : await this.scored(encodeOnnx(model));
    const error = await this.calibration.reference.error(model);
    const kept = this.#spoilt(error, float, int8);
    return {
      ...(kept === undefined ? { model } : { kept }),
      method: "int8 weights",
      blocks: [],
      error,
      ...this.#score(float, int8),
      time: await this.timed(model),
      size: this.calibration.seen,
      calibration: this.calibration.summary,
    };
  }
}
