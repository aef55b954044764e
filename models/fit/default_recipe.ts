/** The recipe where nothing else is asked for. */
import type { OutputStride } from "../../core/backbones/mod.ts";
import { usageError } from "../../core/errors.ts";
import type { Extent } from "../../core/graph/mod.ts";
import type { Recipe, Stage, Tune } from "./recipe.ts";

/** What of a recipe may be chosen; of lists, the last value holds for further stages. */
export interface RecipeChoices {
  readonly tune?: Tune;
  readonly seed?: number;
  readonly outputStride?: OutputStride;
  readonly filters?: number;
  readonly variants?: number;
  /** The shorter side of photos. */
  readonly shorter?: number;
  readonly crop?: Extent;
  readonly scale?: readonly [number, number];
  readonly aspect?: number;
  readonly balance?: number;
  readonly passes?: readonly number[];
  readonly batch?: readonly number[];
  readonly learningRate?: readonly number[];
  readonly backboneRate?: number;
}

/** From so many images on the tail is tuned too. */
const TAIL_IMAGES = 200;

/** Samples that are made where the number of images does not ask for fewer of each. */
const SAMPLES = 5000;

/** Steps of the head's stage and of the backbone's; passes of the head's, where the steps allow. */
const STEPS = { min: 400, max: 2200, tuned: 700 };
const PASSES = { segment: 4, classify: 10 };

const DEFAULTS = {
  segment: {
    shorter: 384,
    scale: [0.6, 1.8],
    aspect: 0.1,
    balance: 0.25,
    weightDecay: 0.01,
    learningRate: 3e-3,
  },
  classify: {
    shorter: 224,
    scale: [1, 1.6],
    aspect: 0.1,
    balance: 0.25,
    weightDecay: 0.01,
    learningRate: 3e-4,
  },
} as const;

/**
 * A recipe for some images.
 *
 * @throws {BneckError} (usage) when a choice is out of range.
 */
export function defaultRecipe(task: Recipe["task"], images: number, choices: RecipeChoices = {}): Recipe {
  const standard = DEFAULTS[task];
  const tune = choices.tune ?? (task === "segment" && images >= TAIL_IMAGES ? "tail" : "none");
  const shorter = choices.shorter ?? standard.shorter;
  const crop = choices.crop ?? [shorter, shorter];
  const variants = choices.variants ?? Math.min(12, Math.max(4, Math.round(SAMPLES / images)));
  const [lowest, highest] = choices.scale ?? standard.scale;
  if (!(lowest > 0 && lowest <= highest && highest <= 8)) {
    throw usageError("the scale must be two factors above 0, the lower one first, such as 0.6 and 1.8");
  }
  if (Math.min(shorter, ...crop) < 64) throw usageError("samples must have at least 64 pixels a side");
  return {
    task,
    seed: choices.seed ?? 0,
    outputStride: choices.outputStride ?? 32,
    filters: choices.filters ?? 128,
    variants,
    augmentation: {
      crop,
      shorter,
      scale: [lowest, highest],
      aspect: choices.aspect ?? standard.aspect,
      brightness: 0.35,
      contrast: 0.3,
      color: 0.4,
    },
    balance: choices.balance ?? standard.balance,
    weightDecay: standard.weightDecay,
    lossStep: task === "segment" ? 4 : 1,
    stages: stagesOf(task, tune, images * variants, standard.learningRate, choices),
  };
}

function stagesOf(
  task: Recipe["task"],
  tune: Tune,
  samples: number,
  learningRate: number,
  choices: RecipeChoices,
): Stage[] {
  const nth = <T>(list: readonly T[] | undefined, stage: number) => list?.[Math.min(stage, list.length - 1)];
  const stage = (index: number, tune: Tune, batch: number, steps: number, rate: number): Stage => {
    const chosen = Math.min(nth(choices.batch, index) ?? batch, samples);
    return {
      tune,
      passes: nth(choices.passes, index) ?? round(steps / Math.floor(samples / chosen)),
      batch: chosen,
      learningRate: nth(choices.learningRate, index) ?? rate,
      backboneRate: tune === "none" ? 0 : choices.backboneRate ?? 3e-4,
    };
  };
  const headSteps = Math.min(STEPS.max, Math.max(STEPS.min, samples / 16 * PASSES[task]));
  const head = stage(0, "none", 16, headSteps, learningRate);
  return tune === "none" ? [head] : [head, stage(1, tune, 8, STEPS.tuned, learningRate / 3)];
}

/** Two digits: passes are read by people. */
function round(passes: number): number {
  return Number(passes.toPrecision(2));
}
