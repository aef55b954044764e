/** Training itself: stages of steps over cached features, the best validation kept, a state to continue from. */
import { modelError } from "../../core/errors.ts";
import type { Parameter } from "../../core/graph/mod.ts";
import { namedSeed, randomNumbers } from "../../core/random.ts";
import { BatchReader } from "./batches.ts";
import { adamW, type Moments, oneCycle, type ParameterGroup } from "./optimizer.ts";
import type { FitParameters } from "./parameters.ts";
import { classWeights, passOrder } from "./plan.ts";
import type { Stage } from "./recipe.ts";
import { feedsOf, followStatistics, groupsOf, initialise, openSession, sourceOf } from "./training_parts.ts";
import type { TrainingSession } from "./training_session.ts";
import { type LogEntry, type Progress, readState, type TrainingState, writeState } from "./training_state.ts";
import { batchOf, stageSteps, type TrainingWork } from "./training_work.ts";
import { validate, type Validation } from "./validate.ts";

/** A finished training. */
export interface Trained {
  /** What was learned, by the names of the network, as it was at the best validation. */
  readonly weights: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>;
  readonly best: LogEntry;
  readonly log: readonly LogEntry[];
  /** The validation of these weights. */
  readonly validation: Validation;
  readonly classWeights: Float32Array;
  readonly seconds: number;
  /** Steps that an earlier, interrupted run had done. */
  readonly resumedFrom: number;
  /** Why it stopped before its last step, if it did. */
  readonly stopped?: string;
}

/** A state is written when this much time has passed, and at every validation. */
const STATE_INTERVAL_MS = 60_000;

/**
 * Trains a network's stages one after another, or continues from the state file.
 *
 * @throws {BneckError} when the loss is not a number before there was a validation to go back to.
 */
export async function train(work: TrainingWork): Promise<Trained> {
  const { data, recipe, network } = work;
  const weights = classWeights(data.train, data.classes.length, recipe.balance);
  const run = await TrainingRun.begin(work, weights);
  const resumedFrom = run.progress.steps;
  const stopped = await run.finish();
  const { parameters, best, progress } = run;
  const source = sourceOf(parameters, best, work.frozen);
  return {
    weights: new Map(
      [...parameters.effective(best)].map((
        [name, data],
      ) => [name, { shape: parameters.shapes.get(name)!, data }]),
    ),
    best: progress.best!,
    log: progress.log,
    validation: await validate(network.stages.at(-1)!.after, source, data, work.paths, work),
    classWeights: weights,
    seconds: progress.seconds,
    resumedFrom,
    stopped,
  };
}

/** A training under way: what {@linkcode writeState} keeps of it, and the steps. */
class TrainingRun {
  best: Map<string, Float32Array>;
  readonly progress: Progress;
  readonly #moments: Map<string, Moments>;
  /** Steps of all stages. */
  readonly #steps: number;
  #since = performance.now();
  #saved = performance.now();

  private constructor(
    readonly work: TrainingWork,
    readonly weights: Float32Array,
    readonly parameters: FitParameters,
    state: TrainingState | undefined,
  ) {
    for (const [name, values] of state?.values ?? []) parameters.values.set(name, values);
    this.best = new Map(state?.best);
    this.#moments = new Map(state?.moments);
    const { key, recipe: { stages }, samples } = work;
    const start = {
      stage: 0,
      step: 0,
      steps: 0,
      log: [],
      best: undefined,
      lossSum: 0,
      lossCount: 0,
      seconds: 0,
    };
    this.progress = state?.progress ?? { key, ...start };
    this.#steps = stages.reduce((sum, stage) => sum + stageSteps(stage, samples, batchOf(stage, samples)), 0);
  }

  /** Where the state file is, or at the beginning. */
  static async begin(work: TrainingWork, weights: Float32Array): Promise<TrainingRun> {
    return new TrainingRun(work, weights, await initialise(work), await readState(work.statePath, work.key));
  }

  /** Does what is left of all stages. Returns why it stopped early, if it did. */
  async finish(): Promise<string | undefined> {
    const { progress, work: { recipe } } = this;
    for (; progress.stage < recipe.stages.length; progress.stage++, progress.step = 0) {
      if (progress.step === 0) this.#moments.clear();
      const stopped = await this.#stage(recipe.stages[progress.stage]);
      if (stopped !== undefined) return stopped;
    }
  }

  async #stage(stage: Stage): Promise<string | undefined> {
    const { work, progress } = this;
    const batch = batchOf(stage, work.samples);
    const steps = stageSteps(stage, work.samples, batch);
    const perPass = Math.floor(work.samples / batch);
    if (progress.step >= steps) return;
    const session = await openSession(work, progress.stage, batch, this.weights);
    try {
      const groups = groupsOf(session.learned, stage, work.recipe);
      this.#prepareMoments(session.learned);
      const reader = new BatchReader(work.paths, session.setup);
      while (progress.step < steps) {
        if (work.signal?.aborted) {
          await this.#save();
          work.signal.throwIfAborted();
        }
        const stopped = await this.#step(session, reader, groups, steps);
        if (stopped !== undefined) return stopped;
        if (progress.step % perPass === 0 || progress.step === steps) {
          await this.#validate(progress.step / perPass);
        } else if (performance.now() - this.#saved > STATE_INTERVAL_MS) await this.#save();
      }
    } finally {
      await session.close();
    }
  }

  async #step(
    session: TrainingSession,
    reader: BatchReader,
    groups: readonly ParameterGroup[],
    steps: number,
  ): Promise<string | undefined> {
    const { work, progress, parameters } = this;
    const { seed, lossStep } = work.recipe;
    const chosen = this.#batch(session.setup.batch);
    const random = randomNumbers(namedSeed(`corner ${seed} ${progress.stage} ${progress.step}`, 0));
    const [row, column] = [random(), random()].map((share) => Math.floor(share * lossStep));
    const { features, labels } = reader.read(chosen, { row, column });
    const fed = feedsOf(session, parameters, work.frozen);
    const { loss, gradients, statistics } = await session.run(fed, features, labels, { row, column });
    if (!Number.isFinite(loss)) return lossFailed(work, progress, chosen, loss);
    parameters.chain(gradients);
    const factor = oneCycle(progress.step, steps);
    adamW(parameters.values, gradients, this.#moments, groups, progress.step + 1, factor);
    followStatistics(parameters.values, statistics);
    progress.step++;
    progress.steps++;
    progress.lossSum += loss;
    progress.lossCount++;
    const { stage, steps: step, best } = progress;
    work.onStep?.({ stage, step, steps: this.#steps, loss, best: best?.metric });
  }

  #order = { pass: -1, stage: -1, samples: new Uint32Array() };

  /** The samples of the next step. */
  #batch(batch: number): Uint32Array {
    const { progress: { step, stage }, work: { samples, recipe } } = this;
    const perPass = Math.floor(samples / batch);
    const pass = Math.floor(step / perPass);
    if (this.#order.pass !== pass || this.#order.stage !== stage) {
      this.#order = { pass, stage, samples: passOrder(samples, recipe.seed, stage, pass) };
    }
    const at = (step - pass * perPass) * batch;
    return this.#order.samples.subarray(at, at + batch);
  }

  async #validate(pass: number): Promise<void> {
    const { work, progress, parameters } = this;
    const source = sourceOf(parameters, parameters.values, work.frozen);
    const { after } = work.network.stages[progress.stage];
    const { metric, pixelAccuracy } = await validate(after, source, work.data, work.paths, work);
    const loss = progress.lossSum / progress.lossCount;
    const entry: LogEntry = {
      stage: progress.stage,
      pass,
      step: progress.steps,
      loss,
      metric,
      pixelAccuracy,
    };
    progress.log.push(entry);
    [progress.lossSum, progress.lossCount] = [0, 0];
    if (!progress.best || metric > progress.best.metric) {
      progress.best = entry;
      this.best = new Map([...parameters.values].map(([name, values]) => [name, values.slice()]));
    }
    work.onValidation?.(entry);
    await this.#save();
  }

  #prepareMoments(learned: readonly Parameter[]): void {
    for (const { name } of learned) {
      if (this.#moments.has(name)) continue;
      const { length } = this.parameters.values.get(name)!;
      this.#moments.set(name, { first: new Float32Array(length), second: new Float32Array(length) });
    }
  }

  async #save(): Promise<void> {
    const { progress, parameters: { values }, best, work: { statePath } } = this;
    progress.seconds += (performance.now() - this.#since) / 1000;
    this.#since = this.#saved = performance.now();
    await writeState(statePath, { progress, values, moments: this.#moments, best });
  }
}

/**
 * What to say of a loss that is not a number.
 *
 * @throws {BneckError} with it, when there is nothing better to go back to.
 */
function lossFailed(work: TrainingWork, progress: Progress, chosen: Uint32Array, loss: number): string {
  const { steps, best } = progress;
  const names = [...new Set(Array.from(chosen, work.sampleName))];
  const some = names.slice(0, 4).join(", ") + (names.length > 4 ? ", …" : "");
  const message = `the loss became ${loss} at step ${
    steps + 1
  }, in the batch of ${some}, so training stopped`;
  if (!best) throw modelError(message, undefined, { option: "learningRate", advice: "lower it" });
  return `${message}; what was best before, at step ${best.step}, is kept`;
}
