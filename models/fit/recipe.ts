/** What is trained, and how: plain data, which is part of the card of a fitted file; and what it is if nothing is asked for. */
import type { OutputStride } from "../../core/backbones/mod.ts";
import { usageError } from "../../core/errors.ts";
import type { Extent } from "../../core/graph/mod.ts";
import { inferShapes } from "../../core/graph/mod.ts";
import { elementCount } from "../../core/weights/mod.ts";
import type { SizeGrid } from "../input_size.ts";
import { networkInput } from "../networks/definition.ts";
import { type NetworkTable, networkTableGraph } from "../networks/network_table.ts";
import type { Augmentation } from "./augment.ts";

/**
 * How much of the backbone learns beside the head: nothing, its last three blocks, or all from stride 16 on. `all` is
 * a network that begins with random weights.
 */
export type Tune = "none" | "tail" | "C3" | "all";

/** One run of the optimizer over the samples. */
export interface Stage {
  readonly tune: Tune;
  /** Times every sample is seen; may be a fraction. */
  readonly passes: number;
  readonly batch: number;
  /** The highest learning rate of the head. */
  readonly learningRate: number;
  /** The highest learning rate of the backbone. */
  readonly backboneRate: number;
}

/** Everything that a training depends on besides its data. */
export interface Recipe {
  readonly task: "segment" | "classify";
  /** A network that is trained whole, from random weights, in place of a head on the embedded backbone. */
  readonly network?: NetworkTable;
  readonly seed: number;
  readonly outputStride: OutputStride;
  /** Channels of the head's coarse branch. */
  readonly filters: number;
  /** Samples made of each photo, on average. */
  readonly variants: number;
  readonly augmentation: Augmentation;
  /** Classes weigh (median frequency / frequency) to the power of this. */
  readonly balance: number;
  readonly weightDecay: number;
  /** The loss looks at every n-th row and column, from a random corner. */
  readonly lossStep: number;
  readonly stages: readonly Stage[];
}

/** The first block of the backbone (from 1) that learns. */
export const TUNED_FROM: Readonly<Record<Tune, number>> = {
  none: Infinity,
  tail: 13,
  C3: 7,
  all: 1,
};

/** How much learns at the end. */
export function tuneOf({ stages }: Pick<Recipe, "stages">): Tune {
  return stages.reduce<Tune>(
    (most, { tune }) => TUNED_FROM[tune] < TUNED_FROM[most] ? tune : most,
    "none",
  );
}

/** The input sizes at which a network sees feature maps as in training: steps of 32 from the crop's. */
export function sizeGridOf({ augmentation: { crop } }: Recipe): SizeGrid {
  const axis = (length: number) => length % 32 === 0 ? { step: 32 } : { step: 32, offset: length % 32 };
  return { height: axis(crop[0]), width: axis(crop[1]) };
}

/** What of a recipe may be chosen; of lists, the last value holds for further stages. */
export interface RecipeChoices {
  readonly tune?: Tune;
  /** A classifier to be trained whole. */
  readonly network?: NetworkTable;
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

/** A whole network learns for so many steps, of so many samples each where memory allows. */
const WHOLE = { steps: 3000, batch: 32, minBatch: 8, learningRate: 2e-3 };

/** What a training step may hold of feature maps, about: a map is held some ten times over with its gradients. */
const STEP_BYTES = 2e9;
const COPIES = 10;

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
  const { network } = choices;
  if (network) checkTrainable(task, network, choices);
  const tune = network
    ? "all"
    : choices.tune ?? (task === "segment" && images >= TAIL_IMAGES ? "tail" : "none");
  const shorter = choices.shorter ?? (network ? Math.min(...network.size) : standard.shorter);
  const crop = choices.crop ?? [shorter, shorter];
  const variants = choices.variants ?? Math.min(12, Math.max(4, Math.round(SAMPLES / images)));
  const [lowest, highest] = choices.scale ?? standard.scale;
  if (!(lowest > 0 && lowest <= highest && highest <= 8)) {
    throw usageError("the scale must be two factors above 0, the lower one first, such as 0.6 and 1.8");
  }
  if (Math.min(shorter, ...crop) < 64) throw usageError("samples must have at least 64 pixels a side");
  return {
    task,
    ...(network ? { network } : {}),
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
    stages: network
      ? [wholeStage(network, crop, images * variants, choices)]
      : stagesOf(task, tune, images * variants, standard.learningRate, choices),
  };
}

/** The one stage of a network that is trained whole. */
function wholeStage(network: NetworkTable, crop: Extent, samples: number, choices: RecipeChoices): Stage {
  const shapes = inferShapes(networkTableGraph(network), networkInput(crop));
  const bytes = [...shapes.values()].reduce((sum, shape) => sum + 4 * COPIES * elementCount(shape), 0);
  const affordable = Math.max(WHOLE.minBatch, Math.min(WHOLE.batch, Math.floor(STEP_BYTES / bytes)));
  const batch = Math.min(choices.batch?.[0] ?? affordable, samples);
  return {
    tune: "all",
    passes: choices.passes?.[0] ?? Math.max(5, round(WHOLE.steps / Math.floor(samples / batch))),
    batch,
    learningRate: choices.learningRate?.[0] ?? WHOLE.learningRate,
    backboneRate: 0,
  };
}

function checkTrainable(task: Recipe["task"], { name, heads }: NetworkTable, choices: RecipeChoices): void {
  if (task !== "classify" || heads.length !== 1 || heads[0].kind !== "classifier") {
    throw usageError(
      `${name} cannot be trained whole: only networks that classify, and do nothing else, can`,
    );
  }
  if (choices.tune !== undefined) {
    throw usageError(
      `${name} has random weights, so all of it learns: a head on random features would learn nothing`,
      undefined,
      { option: "tune", advice: "leave it out" },
    );
  }
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
