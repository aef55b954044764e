/** What a training is given. */
import type { WeightSource } from "../../core/graph/mod.ts";
import type { FitData } from "./data.ts";
import type { FeatureNetwork } from "./feature_network.ts";
import type { FeaturePaths } from "./features.ts";
import type { Recipe, Stage } from "./recipe.ts";
import type { LogEntry } from "./training_state.ts";

/** What is trained. */
export interface TrainingWork {
  readonly network: FeatureNetwork;
  readonly data: FitData;
  /** The number of samples in the cache. */
  readonly samples: number;
  /** The image that a sample was made of. */
  readonly sampleName: (sample: number) => string;
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

/** The steps of a stage. */
export function stageSteps({ passes }: Stage, samples: number, batch: number): number {
  return Math.max(1, Math.round(passes * Math.floor(samples / batch)));
}

/** The size of a stage's batches: all samples, where there are fewer than asked for. */
export function batchOf({ batch }: Stage, samples: number): number {
  return Math.min(batch, samples);
}
