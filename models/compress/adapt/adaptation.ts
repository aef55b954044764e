/** The steps of an adaptation, and what is kept of each. */
import type { BneckError } from "../../../core/errors.ts";
import { countLayers } from "../../../core/profile/counting/graph_costs.ts";
import type { Environment } from "../../cache.ts";
import type { Network } from "../../network.ts";
import { type Baseline, smallerInputs, uniformChannels, uniformlyNarrowed } from "./baselines.ts";
import type { CalibrationImage } from "./calibration.ts";
import { boundWeights, type Candidate, channelsOf, restored } from "./candidate.ts";
import { distill } from "./distill.ts";
import { OutputReference } from "./distance.ts";
import type { LatencyOptions, MeasuredPair, NetworkLatency } from "./latency.ts";
import { TallProducts } from "./moments.ts";
import { type AdaptationProblem, type AdaptationStep, type ChannelTable, netAdapt } from "./netadapt.ts";
import type { AdaptPlan } from "./plan.ts";
import { type RepairData, sampleReaders, shrinkGroup } from "./shrink.ts";
import { readState, type StepRecord, writeLog, writeState } from "./state.ts";

/** What an adaptation says while it runs, and what it asks. */
export interface AdaptListener {
  /** Ends it after the step that it is at; what there is then is the result. */
  readonly signal?: AbortSignal;
  /** Scores a network on images for evaluation: the higher, the better. */
  readonly score?: (network: Network) => Promise<number>;
  /** Called when another part of the work begins, with what it is: "measuring", "step 3", "distillation". */
  readonly onPhase?: (phase: string) => void;
  /** Called within a phase. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly onStep?: (record: StepRecord) => void;
  /** Called for an image that cannot be used. */
  readonly onProblem?: (error: BneckError) => void;
}

/** Where an adaptation keeps what it does, and how long it may take. */
export interface AdaptRun {
  /** The file that it continues from. */
  readonly statePath: string;
  /** The log of all steps, JSON lines. */
  readonly logPath: string;
  /** Seconds after which no step is begun; the distillation gets what is left of a third more. @default {Infinity} */
  readonly timeLimit?: number;
  /**
   * Whether the original is also narrowed uniformly and run on smaller images, to be scored beside the steps.
   * @default {false}
   */
  readonly baselines?: boolean;
  readonly env?: Environment;
  /** What tells how long candidates take. @default {measurements on this machine} */
  readonly openLatency?: (original: Candidate, options: LatencyOptions) => Promise<NetworkLatency>;
}

/** Why an adaptation ended before its target was reached. */
export type StopReason = "interrupted" | "time" | "exhausted";

/** The distillation at the end: its steps, and the distance of the outputs before and after it. */
export interface DistillationOutcome {
  readonly steps: number;
  readonly before: number;
  readonly after: number;
}

/** What networks score on the images for evaluation: the original, and the result before and after its distillation. */
export interface Scores {
  readonly original: number;
  readonly before: number;
  readonly adapted: number;
}

/** The cells of each map that features are sampled in. */
const CELLS = 48;

/** A measurement that asks for more than this is not believed at once. */
const MAX_CORRECTION = 0.95;

/** How often the target of the predictions is corrected by what was measured. */
const CORRECTIONS = 4;

/** What an adaptation works with. */
export interface Tools {
  readonly latency: NetworkLatency;
  readonly products: TallProducts;
  readonly sampled: readonly CalibrationImage[];
  readonly compared: readonly CalibrationImage[];
}

/** An adaptation under way. */
export class Adaptation {
  readonly records: StepRecord[] = [];
  #data: Pick<RepairData, "current" | "currentSamples"> | undefined;
  #since = performance.now();

  private constructor(
    private readonly plan: AdaptPlan,
    private readonly run: AdaptRun,
    private readonly listener: AdaptListener,
    private readonly tools: Tools,
    private readonly reference: OutputReference,
    private readonly originalSamples: RepairData["originalSamples"],
    public current: Candidate,
    public distance: number,
    private readonly originalScore: number | undefined,
  ) {}

  /** Goes on from the state file, or begins with the original. */
  static async begin(
    plan: AdaptPlan,
    run: AdaptRun,
    listener: AdaptListener,
    tools: Tools,
  ): Promise<Adaptation> {
    const { original, network } = plan;
    const { signal, onPhase, onProgress } = listener;
    onPhase?.("sampling features");
    const samples = await sampleReaders(original, tools.sampled, {
      cells: CELLS,
      seed: plan.settings.seed,
      signal,
      onImage: onProgress,
    });
    const reference = await OutputReference.open(original, network.tasks, tools.compared);
    const state = await readState(run.statePath, plan.key);
    if (listener.score && state?.score === undefined) onPhase?.("scoring the original");
    const score = state?.score ?? await listener.score?.(network);
    const candidate = state ? restored(original, state) : original;
    const distance = state ? await reference.distance(candidate, signal) : 0;
    const adaptation = new Adaptation(
      plan,
      run,
      listener,
      tools,
      reference,
      samples,
      candidate,
      distance,
      score,
    );
    // The machine may be slower or faster now than it was when these were predicted.
    const scale = state ? tools.latency.original / state.original : 1;
    adaptation.records.push(...(state?.records ?? []).map((record) => rescaled(record, scale)));
    return adaptation;
  }

  /** The latency to reach, in milliseconds. */
  get target(): number {
    const { target } = this.plan.settings;
    return "fraction" in target ? target.fraction * this.tools.latency.original : target.milliseconds;
  }

  /**
   * What brings predictions nearer to what was measured of the steps before: the table's error hardly changes from one step
   * to the next. Each measurement counts by half, since it has an error too.
   */
  get correction(): number {
    const { original } = this.tools.latency;
    return this.records.reduce(
      (factor, record) =>
        factor * Math.sqrt(record.measured / record.original / (record.predicted / original)),
      1,
    );
  }

  /** Takes steps until the target is reached, in predictions and as measured. Returns why it ended early, if it did. */
  async takeSteps(isOver: () => boolean): Promise<StopReason | undefined> {
    const { plan: { settings, original }, tools: { latency } } = this;
    const fraction = this.target / latency.original;
    let limit = this.target;
    for (let round = 0; round < CORRECTIONS; round++) {
      const start = {
        network: this.current,
        table: channelsOf(this.current),
        original: channelsOf(original),
        distance: this.distance,
      };
      const options = {
        target: limit,
        step: settings.step * latency.original,
        onProposal: this.listener.onProgress,
      };
      this.listener.onPhase?.(`step ${this.records.length + 1}`);
      try {
        for await (const step of netAdapt(this.#problem(), start, options)) {
          const record = await this.#keep(step);
          if (record.measured / record.original <= fraction && record.predicted <= this.target * 1.05) {
            return undefined;
          }
          if (this.listener.signal?.aborted) return "interrupted";
          if (isOver()) return "time";
          this.listener.onPhase?.(`step ${this.records.length + 1}`);
        }
      } catch (error) {
        // What was kept of the steps before is the result.
        if (this.listener.signal?.aborted && this.records.length > 0) return "interrupted";
        throw error;
      }
      const predicted = latency.predict(channelsOf(this.current));
      if (predicted > limit) return "exhausted";
      const { original: beside, candidate } = await latency.measure(this.current);
      if (candidate / beside <= fraction * 1.005) return undefined;
      limit = predicted * Math.max(MAX_CORRECTION, fraction * beside / candidate);
    }
    return undefined;
  }

  /**
   * The longer distillation; it is undone where it did not help on the images for comparisons.
   *
   * @param elapsed the part of the time for it that has passed.
   */
  async distil(elapsed: () => number): Promise<DistillationOutcome> {
    const { listener, plan: { settings }, distance: before } = this;
    if (settings.long === 0) return { steps: 0, before, after: before };
    listener.onPhase?.("distillation");
    try {
      const { student, steps } = await this.#distilled(this.current, settings.long, 1e6, elapsed);
      const after = await this.reference.distance(student, listener.signal);
      if (after >= before) return { steps: 0, before, after: before };
      this.current = student;
      this.distance = after;
      return { steps, before, after };
    } catch (error) {
      if (!listener.signal?.aborted) throw error;
      return { steps: 0, before, after: before };
    }
  }

  /** The scores of the original and of the result, where there is something to score by. */
  async scores(before: Candidate, distilled: boolean): Promise<Scores | undefined> {
    const { score } = this.listener;
    if (!score || this.originalScore === undefined || this.listener.signal?.aborted) return undefined;
    const last = this.records.at(-1)?.score ?? await score(this.#network(before));
    const adapted = distilled ? await score(this.#network(this.current)) : last;
    return { original: this.originalScore, before: last, adapted };
  }

  /** Uniform narrowing and smaller images at about the latencies of a third, two thirds and all of the steps. */
  async baselines(): Promise<Baseline[]> {
    const found: Baseline[] = [];
    try {
      await this.#findBaselines(found);
    } catch (error) {
      // Those that were found are shown.
      if (!this.listener.signal?.aborted) throw error;
    }
    return found;
  }

  async #findBaselines(found: Baseline[]): Promise<void> {
    const { plan: { original, network, settings }, tools, originalSamples, records, listener } = this;
    const { score, signal } = listener;
    if (!score) return;
    const { latency, products, sampled } = tools;
    const limits = [1 / 3, 2 / 3, 1].map((part) => records[Math.ceil(part * records.length) - 1].predicted);
    for (const limit of new Set(limits)) {
      listener.onPhase?.("uniform narrowing");
      const predict = (table: ChannelTable) => this.correction * latency.predict(table);
      const channels = uniformChannels(channelsOf(original), predict, limit);
      const candidate = await uniformlyNarrowed({ original, originalSamples, products }, channels, sampled, {
        cells: CELLS,
        seed: settings.seed,
        signal,
        onGroup: listener.onProgress,
      });
      const all = [...channelsOf(original).values()].reduce((sum, count) => sum + count, 0);
      const left = [...channels.values()].reduce((sum, count) => sum + count, 0);
      found.push({
        kind: "uniform",
        text: `${(100 * left / all).toFixed(0)} % of all channels`,
        measured: await latency.measure(candidate),
        score: await score(this.#network(candidate)),
      });
    }
    listener.onPhase?.("smaller images");
    const fastest = Math.min(...records.map(({ measured, original }) => measured / original));
    for (const { size, extent } of smallerInputs(network)) {
      signal?.throwIfAborted();
      const measured = await latency.measure(original, extent);
      const at = await score({ ...network, inputSize: size });
      found.push({ kind: "smaller", text: extent.join("×"), measured, score: at });
      if (measured.candidate / measured.original < fastest) break;
    }
  }

  #problem(): AdaptationProblem<Candidate> {
    const { plan: { original, settings }, tools: { latency, products }, originalSamples, listener } = this;
    return {
      groups: original.layout.groups.map(({ name }) => name),
      latency: (table) => latency.predict(table),
      begin: async (current) => {
        const currentSamples = await sampleReaders(current, this.tools.sampled, {
          cells: CELLS,
          seed: settings.seed,
          signal: listener.signal,
        });
        this.#data = { current, currentSamples };
      },
      shrink: (_, group, channels) => {
        listener.signal?.throwIfAborted();
        return shrinkGroup(
          { original, originalSamples, products, ...this.#data! },
          group,
          channels,
          settings.filters,
        );
      },
      distance: (candidate) => this.reference.distance(candidate, listener.signal),
      settle: async (chosen) => {
        const before = await this.reference.distance(chosen);
        if (settings.short === 0) return { network: chosen, distance: before };
        const { student } = await this.#distilled(chosen, settings.short, this.records.length, () => 0);
        const after = await this.reference.distance(student);
        return after < before ? { network: student, distance: after } : { network: chosen, distance: before };
      },
    };
  }

  #distilled(student: Candidate, steps: number, place: number, elapsed: () => number) {
    const { plan: { original, network, trained, crop, shorter, settings }, listener } = this;
    const { batch, rate, threads, seed } = settings;
    return distill(original, student, {
      tasks: network.tasks,
      paths: trained,
      shorter,
      crop,
      batch,
      steps,
      rate,
      seed: seed * 1000 + place,
      threads,
      signal: listener.signal,
      elapsed,
      ...(place >= 1e6 ? { onStep: (step, all) => listener.onProgress?.(step, all) } : {}),
    });
  }

  /** Measures, scores and logs a step, and writes the state. */
  async #keep({ chosen, proposals, network, distance }: AdaptationStep<Candidate>): Promise<StepRecord> {
    const { tools: { latency }, listener, run, plan } = this;
    const pair: MeasuredPair = await latency.measure(network);
    const [height, width] = plan.size;
    const costs = countLayers(network.graph, { shapes: { image: [1, height, width, 3] }, size: plan.size });
    const score = await listener.score?.(this.#network(network));
    const now = performance.now();
    const { correction } = this;
    const record: StepRecord = {
      step: this.records.length + 1,
      group: chosen.group,
      from: chosen.from,
      to: chosen.to,
      predicted: correction * chosen.latency,
      measured: pair.candidate,
      original: pair.original,
      distance,
      ...(score === undefined ? {} : { score }),
      parameters: costs.parameters,
      madds: costs.madds,
      seconds: (now - this.#since) / 1000,
      rejected: proposals.slice(1).map(({ group, from, to, latency, distance }) => ({
        group,
        from,
        to,
        predicted: correction * latency,
        distance,
      })),
    };
    this.#since = now;
    this.records.push(record);
    [this.current, this.distance] = [network, distance];
    await writeState(run.statePath, {
      key: plan.key,
      original: latency.original,
      score: this.originalScore,
      records: this.records,
      kept: network.kept,
      weights: network.weights,
    });
    await writeLog(run.logPath, this.records);
    listener.onStep?.(record);
    return record;
  }

  #network(candidate: Candidate): Network {
    return { ...this.plan.network, graph: candidate.graph, weights: boundWeights(candidate) };
  }
}

/** A step whose predictions are brought to what the original takes now. */
function rescaled(record: StepRecord, scale: number): StepRecord {
  const rejected = record.rejected.map((other) => ({ ...other, predicted: other.predicted * scale }));
  return { ...record, predicted: record.predicted * scale, rejected };
}
