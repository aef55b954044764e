/** What the steps of a training are made of. */
import type { Parameter, WeightSource } from "../../core/graph/mod.ts";
import { randomNumbers } from "../../core/random.ts";
import { elementCount } from "../../core/weights/mod.ts";
import { learnsIn } from "./network.ts";
import type { ParameterGroup } from "./optimizer.ts";
import { firstValues, FitParameters, type Standardised } from "./parameters.ts";
import type { Recipe, Stage } from "./recipe.ts";
import { headStatistics } from "./statistics.ts";
import { TrainingSession } from "./training_session.ts";
import type { TrainingWork } from "./training_work.ts";

/** BatchNorm's running statistics follow the batch's by this share. */
const MOMENTUM = 0.1;

/** Gradients of the backbone are cut to this norm; those of the head, which starts from nothing, are not. */
const MAX_BACKBONE_NORM = 1;

/** The gradient graph of a stage. */
export function openSession(
  work: Pick<TrainingWork, "recipe" | "network" | "data" | "threads">,
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
    trainsBatchNorm: (scope) => recipe.network !== undefined || scope.startsWith("segment."),
    classWeights: weights,
    threads: work.threads,
  });
}

/** The parameters of all stages with their first values. */
export async function initialise(work: TrainingWork): Promise<FitParameters> {
  const { network, recipe, frozen, init } = work;
  const sessions = await Promise.all(
    network.stages.map((_, i) => openSession(work, i, 1, new Float32Array(work.data.classes.length).fill(1))),
  );
  // The features of random weights are no measure of what they will be.
  const standardised: Standardised[] = recipe.network
    ? []
    : await headStatistics(network.stages[0].after, frozen, work.paths, work.samples);
  const parameters = new FitParameters(standardised);
  const fanIn = new Map<string, number>();
  const random = randomNumbers(recipe.seed);
  for (const { learned } of sessions) {
    for (const parameter of learned) {
      const { name, role, shape } = parameter;
      const scope = name.replace(/\.(batch_norm\.)?\w+$/, "");
      if (role === "weight") fanIn.set(scope, elementCount(shape.slice(1)));
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
export function feedsOf(
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
export function sourceOf(
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

export function groupsOf(
  learned: readonly Parameter[],
  stage: Stage,
  { weightDecay }: Recipe,
): ParameterGroup[] {
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
export function followStatistics(
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
