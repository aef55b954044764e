/** Training itself: stages of steps over cached features, the best validation kept, a state that can be gone on from. */
import { modelError } from "../../core/errors.ts";
import type { Parameter, WeightSource } from "../../core/graph/mod.ts";
import { randomNumbers } from "../../core/random.ts";
import { BatchReader } from "./batches.ts";
import type { FitData } from "./data.ts";
import type { FeatureNetwork } from "./feature_network.ts";
import type { FeaturePaths } from "./features.ts";
import { hashText } from "./hash.ts";
import { learnsIn } from "./network.ts";
import { adamW, type Moments, oneCycle, type ParameterGroup } from "./optimizer.ts";
import { firstValues, FitParameters, type Standardised } from "./parameters.ts";
import { classWeights, passOrder } from "./plan.ts";
import type { Recipe, Stage } from "./recipe.ts";
import { headStatistics } from "./statistics.ts";
import { TrainingSession } from "./training_session.ts";
import { type LogEntry, type Progress, readState, writeState } from "./training_state.ts";
import { validate, type Validation } from "./validate.ts";

/** What is trained. */
export interface TrainingWork {
  readonly network: FeatureNetwork;
  readonly data: FitData;
  /** The number of samples in the cache. */
  readonly samples: number;
  readonly paths: FeaturePaths;
  readonly recipe: Recipe;
  /** The embedded model's weights, under the names of the network too (`tuned.…`). */
  readonly frozen: WeightSource;
  /** What to begin with instead of random numbers. */
  readonly init?: WeightSource;
  /** Where the state is written. */
  readonly statePath: string;
  /** What data and recipe the state belongs to. */
  readonly key: string;
  readonly threads: number;
  readonly onStep?: (step: StepReport) => void;
  readonly onValidation?: (entry: LogEntry) => void;
  readonly signal?: AbortSignal;
}

/** Where a training stands after a step. */
export interface StepReport {
  readonly stage: number;
  /** Steps of all stages. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  /** The best metric so far. */
  readonly best?: number;
}

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
}

/** BatchNorm's running statistics follow the batch's by this share. */
const MOMENTUM = 0.1;

/** Gradients of the backbone are cut to this norm; those of the head, which starts from nothing, are not. */
const MAX_BACKBONE_NORM = 1;

/** A state is written when this much time has passed, and at every validation. */
const STATE_INTERVAL_MS = 60_000;

/** The steps of a stage. */
export function stageSteps({ passes }: Stage, samples: number, batch: number): number {
  return Math.max(1, Math.round(passes * Math.floor(samples / batch)));
}

/** The size of a stage's batches: all samples, where there are fewer than asked for. */
export function batchOf({ batch }: Stage, samples: number): number {
  return Math.min(batch, samples);
}

/**
 * Trains a network's stages one after another, or goes on with what is in the state file.
 *
 * @throws {BneckError} when the loss is not a number any more; the best so far stays in the state file.
 */
export async function train(work: TrainingWork): Promise<Trained> {
  const { data, recipe, statePath, key, signal } = work;
  const weights = classWeights(data.train, data.classes.length, recipe.balance);
  const parameters = await initialise(work);
  const state = await readState(statePath, key);
  const moments = new Map<string, Moments>(state?.moments);
  let best = new Map<string, Float32Array>(state?.best);
  for (const [name, values] of state?.values ?? []) parameters.values.set(name, values);
  const progress: Progress = state?.progress ??
    { key, stage: 0, step: 0, steps: 0, log: [], best: undefined, lossSum: 0, lossCount: 0, seconds: 0 };
  const resumedFrom = progress.steps;
  const allSteps = recipe.stages.reduce(
    (sum, stage) => sum + stageSteps(stage, work.samples, batchOf(stage, work.samples)),
    0,
  );
  let [since, saved] = [performance.now(), performance.now()];
  const save = async () => {
    progress.seconds += (performance.now() - since) / 1000;
    since = saved = performance.now();
    await writeState(statePath, { progress, values: parameters.values, moments, best });
  };

  for (; progress.stage < recipe.stages.length; progress.stage++, progress.step = 0) {
    const stage = recipe.stages[progress.stage];
    const { features, after } = work.network.stages[progress.stage];
    const batch = batchOf(stage, work.samples);
    const perPass = Math.floor(work.samples / batch);
    const steps = stageSteps(stage, work.samples, batch);
    if (progress.step === 0) moments.clear();
    const session = await openSession(work, progress.stage, batch, weights);
    try {
      const groups = groupsOf(session.learned, stage, recipe);
      for (const { name } of session.learned) {
        if (moments.has(name)) continue;
        const { length } = parameters.values.get(name)!;
        moments.set(name, { first: new Float32Array(length), second: new Float32Array(length) });
      }
      const reader = new BatchReader(work.paths, {
        task: recipe.task,
        crop: recipe.augmentation.crop,
        lossStep: recipe.lossStep,
        batch,
        featureShapes: Object.fromEntries(features.map((name) => [name, work.network.shapes[name]])),
      });
      let order = new Uint32Array();
      let orderOf = -1;
      while (progress.step < steps) {
        if (signal?.aborted) {
          await save();
          signal.throwIfAborted();
        }
        const pass = Math.floor(progress.step / perPass);
        if (orderOf !== pass) {
          order = passOrder(work.samples, recipe.seed, progress.stage, pass) as Uint32Array<ArrayBuffer>;
          orderOf = pass;
        }
        const at = (progress.step - pass * perPass) * batch;
        const chosen = order.subarray(at, at + batch);
        const random = randomNumbers(hashText(`corner ${recipe.seed} ${progress.stage} ${progress.step}`));
        const corner = {
          row: Math.floor(random() * recipe.lossStep),
          column: Math.floor(random() * recipe.lossStep),
        };
        const { features: inputs, labels } = reader.read(chosen, corner);
        const result = await session.run(feedsOf(session, parameters, work.frozen), inputs, labels, corner);
        if (!Number.isFinite(result.loss)) {
          await save();
          throw lossFailed(work, progress, chosen, result.loss, best.size > 0);
        }
        parameters.chain(result.gradients);
        adamW(
          parameters.values,
          result.gradients,
          moments,
          groups,
          progress.step + 1,
          oneCycle(progress.step, steps),
        );
        followStatistics(parameters.values, result.statistics);
        progress.step++;
        progress.steps++;
        progress.lossSum += result.loss;
        progress.lossCount++;
        work.onStep?.({
          stage: progress.stage,
          step: progress.steps,
          steps: allSteps,
          loss: result.loss,
          best: progress.best?.metric,
        });
        if (progress.step % perPass === 0 || progress.step === steps) {
          const source = sourceOf(parameters, parameters.values, work.frozen);
          const found = await validate(after, source, data, work.paths, work);
          const entry: LogEntry = {
            stage: progress.stage,
            pass: progress.step / perPass,
            step: progress.steps,
            loss: progress.lossSum / progress.lossCount,
            metric: found.metric,
            pixelAccuracy: found.pixelAccuracy,
          };
          progress.log.push(entry);
          [progress.lossSum, progress.lossCount] = [0, 0];
          if (!progress.best || entry.metric > progress.best.metric) {
            progress.best = entry;
            best = new Map([...parameters.values].map(([name, values]) => [name, values.slice()]));
          }
          work.onValidation?.(entry);
          await save();
        } else if (performance.now() - saved > STATE_INTERVAL_MS) await save();
      }
    } finally {
      await session.close();
    }
  }
  const effective = parameters.effective(best);
  const last = work.network.stages.at(-1)!;
  const source = sourceOf(parameters, best, work.frozen);
  return {
    weights: new Map(
      [...effective].map(([name, data]) => [name, { shape: parameters.shapes.get(name)!, data }]),
    ),
    best: progress.best!,
    log: progress.log,
    validation: await validate(last.after, source, data, work.paths, work),
    classWeights: weights,
    seconds: progress.seconds,
    resumedFrom,
  };
}

function openSession(
  work: TrainingWork,
  stage: number,
  batch: number,
  weights: Float32Array,
): Promise<TrainingSession> {
  const { recipe, network, data } = work;
  const { features, after } = network.stages[stage];
  const learns = learnsIn(recipe.stages[stage].tune);
  return TrainingSession.open({
    graph: after,
    task: recipe.task,
    classes: data.classes.length,
    batch,
    featureShapes: Object.fromEntries(features.map((name) => [name, network.shapes[name]])),
    crop: recipe.augmentation.crop,
    lossStep: recipe.lossStep,
    learns: (parameter) => learns({ scope: parameter }),
    trainsBatchNorm: (scope) => scope.startsWith("segment."),
    classWeights: weights,
    threads: work.threads,
  });
}

/** The parameters of all stages with their first values. */
async function initialise(work: TrainingWork): Promise<FitParameters> {
  const { network, recipe, frozen, init } = work;
  const sessions = await Promise.all(
    network.stages.map((_, i) => openSession(work, i, 1, new Float32Array(work.data.classes.length).fill(1))),
  );
  const standardised: Standardised[] = await headStatistics(
    network.stages[0].after,
    frozen,
    work.paths,
    work.samples,
  );
  const parameters = new FitParameters(standardised);
  const fanIn = new Map<string, number>();
  const random = randomNumbers(recipe.seed);
  for (const { learned } of sessions) {
    for (const parameter of learned) {
      const { name, role, shape } = parameter;
      const scope = name.replace(/\.(batch_norm\.)?\w+$/, "");
      if (role === "weight") fanIn.set(scope, shape.slice(1).reduce((a, b) => a * b, 1));
      if (parameters.values.has(name)) continue;
      const known = init?.(name) ?? frozen(name);
      parameters.shapes.set(name, shape);
      parameters.values.set(
        name,
        known ? Float32Array.from(known.data) : firstValues(parameter, fanIn.get(scope)!, random),
      );
      for (
        const [statistic, value] of role === "scale" ? [["running_mean", 0], ["running_var", 1]] as const : []
      ) {
        const of = `${scope}.batch_norm.${statistic}`;
        const data = init?.(of)?.data ?? new Float32Array(shape[0]).fill(value);
        parameters.set(of, { shape, data });
      }
    }
  }
  for (const session of sessions) await session.close();
  // Random numbers are meant for standardised inputs; what is given is not.
  if (init) parameters.standardise();
  return parameters;
}

/** What a session is fed with besides features. */
function feedsOf(
  session: TrainingSession,
  parameters: FitParameters,
  frozen: WeightSource,
): ReadonlyMap<string, Float32Array> {
  const effective = parameters.effective();
  for (const { name } of session.parameters) {
    if (!effective.has(name)) effective.set(name, frozen(name)!.data);
  }
  return effective;
}

/** The network's weights, for an inference graph. */
function sourceOf(
  parameters: FitParameters,
  values: ReadonlyMap<string, Float32Array>,
  frozen: WeightSource,
): WeightSource {
  const effective = parameters.effective(values);
  return (name) => {
    const data = effective.get(name);
    return data ? { shape: parameters.shapes.get(name)!, data } : frozen(name);
  };
}

function groupsOf(learned: readonly Parameter[], stage: Stage, { weightDecay }: Recipe): ParameterGroup[] {
  const names = (test: (parameter: Parameter) => boolean) => learned.filter(test).map(({ name }) => name);
  const isBackbone = ({ name }: Parameter) => name.startsWith("tuned.");
  const isMatrix = ({ shape }: Parameter) => shape.length > 1;
  const { learningRate, backboneRate } = stage;
  return [
    { names: names((p) => !isBackbone(p) && isMatrix(p)), learningRate, weightDecay },
    { names: names((p) => !isBackbone(p) && !isMatrix(p)), learningRate, weightDecay: 0 },
    {
      names: names(isBackbone),
      learningRate: backboneRate,
      weightDecay: 0,
      maxGradientNorm: MAX_BACKBONE_NORM,
    },
  ];
}

/** BatchNorm's running statistics move towards the batch's. */
function followStatistics(
  values: Map<string, Float32Array>,
  statistics: ReadonlyMap<string, { readonly mean: Float32Array; readonly variance: Float32Array }>,
): void {
  for (const [scope, { mean, variance }] of statistics) {
    const [runningMean, runningVariance] = ["running_mean", "running_var"].map((name) =>
      values.get(`${scope}.batch_norm.${name}`)!
    );
    for (let i = 0; i < mean.length; i++) {
      runningMean[i] += MOMENTUM * (mean[i] - runningMean[i]);
      runningVariance[i] += MOMENTUM * (variance[i] - runningVariance[i]);
    }
  }
}

function lossFailed(
  work: TrainingWork,
  { steps }: Progress,
  chosen: Uint32Array,
  loss: number,
  hasBest: boolean,
): Error {
  const samples = [...chosen.subarray(0, 4)].map((place) => work.paths.sample(place)).join(", ");
  return modelError(
    `the loss became ${loss} at step ${steps + 1} (the batch of ${samples}, …), so training stopped` +
      (hasBest ? `; the best parameters so far are in ${work.statePath}` : ""),
    undefined,
    { option: "learningRate", advice: "lower it" },
  );
}
