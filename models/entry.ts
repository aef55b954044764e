import type { ClassificationLabel, DetectionLabel, Network, SegmentationLabel, Task } from "./network.ts";

/** A measured figure and where it comes from. */
export interface PublishedMetric {
  readonly dataset: string;
  readonly metric: string;
  readonly value: number;
  /** Who measured it. */
  readonly source: string;
}

/** A file of weights: where it lies or can be had. */
export interface WeightsFile {
  /** For example `package @vladmandic/human@3.3.6, models/centernet.bin`. */
  readonly from: string;
  readonly licence: string;
  /** What the licence means for users, where it is not obvious. */
  readonly note?: string;
}

/** The classes of a model, by task. */
export interface ModelLabels {
  readonly detect?: readonly DetectionLabel[];
  readonly segment?: readonly SegmentationLabel[];
  readonly classify?: readonly ClassificationLabel[];
}

/** A named model: what it is, what it can do, and how to build it. */
export interface ModelEntry {
  /** `architecture.weights`. */
  readonly name: string;
  /** Shorter names that mean the same. */
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly tasks: readonly Task[];
  readonly labels: ModelLabels;
  readonly weights: readonly WeightsFile[];
  readonly metrics: readonly PublishedMetric[];
  /**
   * Reads the weights and builds the network for some of the model's tasks.
   *
   * @throws {BneckError} when the weights are missing or do not fit.
   */
  build(tasks: readonly Task[]): Promise<Network>;
}
