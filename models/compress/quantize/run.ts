/** What is measured, tried and improved while a model is quantized. */
import { encodeOnnx, type OnnxModel } from "../../../core/onnx/mod.ts";
import {
  chooseScales,
  type QuantizationPlan,
  quantizeModel,
  type RangeRule,
  type ScaleOptions,
  withInt8Weights,
} from "../../../core/quantize/mod.ts";
import { type PairTime, STOPWATCH } from "./block_times.ts";
import { type Block, unitNames } from "./blocks.ts";
import type { Calibration } from "./calibrate.ts";
import { BiasCorrection } from "./correct_biases.ts";
import type { BlockRow, Quantized, QuantizeOptions, TuningSummary } from "./quantize.ts";
import { entryOf, type FloatModel } from "./source.ts";
import { tuneWeights } from "./tune.ts";

/** Below this it is not worth it. */
const MIN_SPEEDUP = 1.05;

const RULES: readonly RangeRule[] = ["mse", "percentile", "min-max"];

/** A network in int8, and how good it is. */
export interface Candidate {
  readonly plan: QuantizationPlan;
  /** Of the outputs; not always looked at where there is a metric. */
  readonly error?: number;
  readonly score?: number;
  readonly tuning?: TuningSummary;
}

/** A row of the table before blocks are chosen. */
type ScannedBlock = Omit<BlockRow, "chosen">;

/** The milliseconds of blocks. */
type Times = ReadonlyMap<string, number>;

/** A model on its way. */
export class Run {
  /** What is left for tuning. */
  #seconds: number;
  #interrupted = false;

  constructor(
    private readonly model: FloatModel,
    private readonly options: QuantizeOptions & { readonly maxDrop: number },
    private readonly calibration: Calibration,
    private readonly weightLimit: number,
  ) {
    this.#seconds = options.tune?.seconds ?? 0;
  }

  /** Once tuning has been ended by it, what follows is done all the same. */
  get #signal(): AbortSignal | undefined {
    return this.#interrupted ? undefined : this.options.signal;
  }

  /** The metric of a variant. */
  async scored(bytes: Uint8Array<ArrayBuffer>): Promise<number> {
    const { scorer, listener = {}, workers } = this.options;
    listener.onStage?.("scoring", scorer!.images);
    return await scorer!.score(entryOf(this.model, bytes), {
      workers,
      signal: this.#signal,
      onImage: () => listener.onStep?.(),
    });
  }

  /** A candidate with its metric, or without ground truth with its error. */
  async judged(candidate: Candidate): Promise<Candidate> {
    const model = this.#model(candidate);
    return this.options.scorer
      ? { ...candidate, score: await this.scored(encodeOnnx(model)) }
      : { ...candidate, error: candidate.error ?? await this.calibration.reference.error(model) };
  }

  #model({ plan }: Candidate): OnnxModel {
    return quantizeModel(this.model.onnx, plan);
  }

  #planOf(blocks: readonly Block[], options: ScaleOptions): QuantizationPlan {
    const { model: { parts }, calibration: { observers }, weightLimit } = this;
    return chooseScales(parts, observers, unitNames(blocks), { ...options, weightLimit });
  }

  /** The plan for some blocks, each with the rule that suits it. */
  plan(blocks: readonly Block[], rows: readonly ScannedBlock[]): QuantizationPlan {
    const rules = new Map(rows.map(({ name, rule }) => [name, rule]));
    const ofTensors = blocks.flatMap(({ name, units }) =>
      units.flatMap(({ before, outputs }) =>
        [before, ...outputs].map((tensor) => [tensor, rules.get(name)!] as const)
      )
    );
    return this.#planOf(blocks, { rules: new Map(ofTensors) });
  }

  /** Times each block in float, and with all of them in int8. */
  async times(blocks: readonly Block[]): Promise<readonly [float: Times, int8: Times]> {
    const { model, options: { listener = {}, threads, signal, stopwatch = STOPWATCH } } = this;
    listener.onStage?.("timing blocks", 2);
    const timed = async (bytes: Uint8Array) => {
      const inputs = this.calibration.inputs;
      const times = await stopwatch.blockTimes(bytes, model.name, blocks, { inputs, threads, signal });
      signal?.throwIfAborted();
      listener.onStep?.();
      return times;
    };
    return [
      await timed(model.bytes),
      await timed(encodeOnnx(quantizeModel(model.onnx, this.#planOf(blocks, {})))),
    ];
  }

  /** Looks at each block alone. */
  async scan(
    blocks: readonly Block[],
    [before, after]: readonly [float: Times, int8: Times],
    float: number | undefined,
  ): Promise<ScannedBlock[]> {
    const { listener = {}, signal, scan = "error" } = this.options;
    const { reference } = this.calibration;
    listener.onStage?.("scanning blocks", blocks.length);
    const rows: ScannedBlock[] = [];
    for (const block of blocks) {
      let best: { error: number; rule: RangeRule; model: OnnxModel } | undefined;
      for (const rule of RULES) {
        signal?.throwIfAborted();
        const model = quantizeModel(this.model.onnx, this.#planOf([block], { rule }));
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

  /** A candidate with tuned weights where that makes its error smaller, and its metric no worse. */
  async tuned(candidate: Candidate): Promise<Candidate> {
    const { tune, scorer, signal, listener = {} } = this.options;
    if (!tune || this.#seconds <= 0 || this.#interrupted) return candidate;
    const { calibration: { reference, images } } = this;
    const before = candidate.error ?? await reference.error(this.#model(candidate));
    const { seed = 0 } = tune;
    const start = performance.now();
    const isLate = () => (performance.now() - start) / 1000 >= this.#seconds;
    let steps = 0;
    const { plan, layers, total } = await tuneWeights(this.model, candidate.plan, images, {
      seed,
      signal,
      isOver: isLate,
      onLayer(_, total) {
        if (steps++ === 0) listener.onStage?.("tuning weights", total);
        listener.onStep?.();
      },
    });
    const stopped = layers === total ? undefined : signal?.aborted ? "interrupted" : "time";
    this.#seconds -= (performance.now() - start) / 1000;
    this.#interrupted = stopped === "interrupted";
    const error = await reference.error(quantizeModel(this.model.onnx, plan));
    const summary = { layers, total, images: images.length, seed, before, after: error, stopped } as const;
    if (layers === 0 || error >= before) {
      return { ...candidate, error: before, tuning: { ...summary, kept: false } };
    }
    const found = await this.judged({ plan, error });
    const scores = scorer && { before: candidate.score, after: found.score! };
    const tuning = { ...summary, ...(scores ? { score: scores } : {}) };
    return scorer && candidate.score !== undefined && found.score! < candidate.score
      ? { ...candidate, error: before, tuning: { ...tuning, kept: false } }
      : { ...found, tuning: { ...tuning, kept: true } };
  }

  /** A candidate with corrected biases, where that makes it better. */
  async corrected(candidate: Candidate, blocks: readonly Block[]): Promise<Candidate> {
    if (this.#interrupted) return candidate;
    const { listener = {}, signal, scorer } = this.options;
    const { reference, samples } = this.calibration;
    listener.onStage?.("correcting biases", blocks.length);
    const correction = await BiasCorrection.of(this.model, samples);
    const { plan, error } = await correction.correct(
      candidate.plan,
      blocks,
      (model) => {
        listener.onStep?.();
        return reference.error(model);
      },
      signal,
    );
    if (plan.corrections?.size === 0) return { ...candidate, error };
    const found = await this.judged({ ...candidate, plan, error });
    return scorer && found.score! < candidate.score! ? { ...candidate, error: undefined } : found;
  }

  /** Compares the result with the float network. */
  async finish(
    blocks: readonly BlockRow[],
    found: Candidate | undefined,
    float: number | undefined,
  ): Promise<Quantized> {
    const { minSpeedup = MIN_SPEEDUP, maxDrop, scorer } = this.options;
    const { calibration: { reference, seen, summary } } = this;
    const common = { method: "int8" as const, blocks, size: seen, calibration: summary };
    if (!found) {
      const nothing = { float: NaN, int8: NaN, ratio: 1, interval: [1, 1] as const, rounds: 0 };
      const kept = blocks.every((row) => row.int8 >= row.float)
        ? "no block is faster in int8 on this processor"
        : `no block can be int8 without losing more than ${maxDrop}${scorer ? ` ${scorer.metric}` : ""}`;
      return { ...common, kept, error: 0, time: nothing };
    }
    const model = this.#model(found);
    const time = await this.#timed(model);
    const isFaster = time.ratio >= minSpeedup;
    return {
      ...common,
      ...(isFaster ? { model } : {
        kept: `in int8 it is ${time.ratio.toFixed(2)} times as fast, less than ${minSpeedup} times`,
      }),
      error: found.error ?? await reference.error(model),
      ...this.#score(float, found.score),
      ...(found.tuning ? { tuning: found.tuning } : {}),
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

  async #timed(model: OnnxModel): Promise<PairTime> {
    const { listener = {}, threads, stopwatch = STOPWATCH } = this.options;
    listener.onStage?.("timing", 1);
    const { bytes, name } = this.model;
    const time = await stopwatch.comparePair(bytes, encodeOnnx(model), name, {
      inputs: this.calibration.inputs,
      threads,
      signal: this.#signal,
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
      time: await this.#timed(model),
      size: this.calibration.seen,
      calibration: this.calibration.summary,
    };
  }
}
