/** What an adaptation will do, decided before it begins. */
import { shortDigest } from "../../core/bytes.ts";
import { modelError, usageError } from "../../core/errors.ts";
import { type Extent, narrowGraph } from "../../core/graph/mod.ts";
import type { RunnableModel } from "../entry.ts";
import { inputExtent } from "../input_size.ts";
import type { Network, Task } from "../network.ts";
import { resolveModel } from "../open.ts";
import { type AdaptationBase, baseGraph, graphOfTasks, sameGraph } from "./base.ts";
import { chooseSome } from "./calibration.ts";
import { type Candidate, channelsOf, originalCandidate } from "./candidate.ts";
import { baseOf } from "./known_base.ts";
import type { FilterChoice } from "./shrink.ts";

/** How fast the network is to be. */
export type LatencyTarget =
  /** A part of the latency that is measured of the original, between 0 and 1. */
  | { readonly fraction: number }
  | { readonly milliseconds: number };

/** How a network is adapted. */
export interface AdaptOptions {
  readonly target: LatencyTarget;
  /** @default {all of the model} */
  readonly tasks?: readonly Task[];
  /** By which part of the original's latency each proposal lowers it at least. @default {0.01} */
  readonly step?: number;
  /** How the channels that are kept are chosen. @default {"effect"} */
  readonly filters?: FilterChoice;
  /** Images from which features are sampled. @default {128} */
  readonly samples?: number;
  /** Images, others than those, on which proposals are compared with the original. @default {16} */
  readonly compared?: number;
  /** Training steps after each step of NetAdapt. @default {0} */
  readonly short?: number;
  /** Training steps at the end. @default {400} */
  readonly long?: number;
  /** The highest learning rate of these, relative to the size of each filter. @default {0.001} */
  readonly rate?: number;
  /** Images of a training step. @default {4} */
  readonly batch?: number;
  readonly seed?: number;
  /** Threads of the network, in measurements too. @default {1} */
  readonly threads?: number;
}

/** {@linkcode AdaptOptions} with the defaults filled in. */
export type AdaptSettings = Required<Omit<AdaptOptions, "tasks">>;

/** What an adaptation will do. */
export interface AdaptPlan {
  readonly model: RunnableModel;
  readonly network: Network;
  readonly tasks: readonly Task[];
  readonly base: AdaptationBase;
  readonly original: Candidate;
  readonly settings: AdaptSettings;
  /** The size of an input at which latencies are measured, `[height, width]`: that of a photo of 640×480. */
  readonly size: Extent;
  /** The part of an image that is a sample of a training step, `[height, width]`. */
  readonly crop: Extent;
  /** The shorter side of an image in training. */
  readonly shorter: number;
  /** Images from which features are sampled, those for comparisons, and those that are trained with. */
  readonly sampled: readonly string[];
  readonly compared: readonly string[];
  readonly trained: readonly string[];
  /** What the state belongs to. */
  readonly key: string;
}

/** Changes when a state is continued differently. */
const VERSION = 1;

/** Features of fewer images than this say nothing. */
export const MIN_IMAGES = 3;

/** The longest side of a sample of a training step. */
const MAX_CROP = 256;

/**
 * Reads a model and decides what will be done with it.
 *
 * @param name what the model is asked for by: a name or a file.
 * @param paths the images that it is adapted with.
 * @throws {BneckError} when the model cannot be adapted, there are too few images, or a setting is out of range.
 */
export async function planAdapt(
  name: string,
  paths: readonly string[],
  options: AdaptOptions,
): Promise<AdaptPlan> {
  const settings = settingsOf(options);
  const model = await resolveModel({ model: name });
  const tasks = options.tasks ?? model.tasks;
  const missing = tasks.find((task) => !model.tasks.includes(task));
  if (missing) {
    throw usageError(`${model.name} cannot ${missing}; it can ${model.tasks.join(" and ")}`);
  }
  const network = await model.build(tasks);
  if ("onnx" in network) {
    throw modelError(
      `${name} is an ONNX file, whose layers are not known by name: adapt the model that it was exported from`,
    );
  }
  const { base, channels } = await baseOf(name, model, tasks);
  const graph = graphOfTasks(narrowGraph(baseGraph(base), channels), tasks);
  if (!sameGraph(graph, network.graph)) {
    throw modelError(`${name} cannot be adapted: its layers are not those of its base`);
  }
  const original = originalCandidate(network);
  if (original.layout.groups.length === 0) throw modelError(`${name} has no channels that could be removed`);
  const { samples, compared, seed } = settings;
  if (paths.length <= MIN_IMAGES) {
    throw usageError(
      `an adaptation needs at least ${MIN_IMAGES + 1} images, not ${paths.length}`,
    );
  }
  // Comparisons are on images that nothing was fitted to, as far as there are enough.
  const held = chooseSome(paths, Math.min(compared, Math.ceil(paths.length / 3)), seed + 1);
  const others = paths.filter((path) => !held.includes(path));
  const sampled = chooseSome(others, samples, seed);
  const { inputSize, sizeGrid } = network;
  const size = sizeGrid.crop ?? inputExtent(inputSize, sizeGrid, 640, 480);
  const side = Math.min(MAX_CROP, ...size);
  const crop = sizeGrid.crop ??
    inputExtent({ kind: "exact", height: side, width: side }, sizeGrid, side, side);
  return {
    model,
    network,
    tasks,
    base,
    original,
    settings,
    size,
    crop,
    shorter: Math.min(...inputExtent(inputSize, { ...sizeGrid, crop: undefined }, 640, 480)),
    sampled,
    compared: held,
    trained: others,
    key: await shortDigest(new TextEncoder().encode(JSON.stringify([
      VERSION,
      model.name,
      tasks,
      [...channelsOf(original)],
      { ...settings, long: 0, target: 0 },
      paths,
    ]))),
  };
}

function settingsOf(options: AdaptOptions): AdaptSettings {
  const { target, step = 0.01, seed = 0 } = options;
  if ("fraction" in target && !(target.fraction > 0 && target.fraction < 1)) {
    throw usageError("a target as a part of the latency must be between 0 and 1", undefined, {
      option: "target",
      advice: "name a part such as 0.75, or milliseconds such as 5ms",
    });
  }
  if ("milliseconds" in target && !(target.milliseconds > 0)) throw usageError("a target must be above 0 ms");
  if (!(step > 0 && step < 1)) throw usageError("the least part that a step saves must be between 0 and 1");
  return {
    target,
    step,
    seed,
    filters: options.filters ?? "effect",
    samples: options.samples ?? 128,
    compared: options.compared ?? 16,
    short: options.short ?? 0,
    long: options.long ?? 400,
    rate: options.rate ?? 0.001,
    batch: options.batch ?? 4,
    threads: options.threads ?? 1,
  };
}
