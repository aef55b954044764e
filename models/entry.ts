import type { Download } from "./download.ts";
import type { InputSize } from "./input_size.ts";
import type {
  ClassificationLabel,
  DetectionLabel,
  Network,
  OnnxNetwork,
  SegmentationLabel,
  Task,
} from "./network.ts";
import type { Preprocessing } from "./preprocessing.ts";
import type { QuantizationRecord } from "./quantization.ts";

/** A published figure and its source. */
export interface PublishedMetric {
  readonly dataset: string;
  readonly metric: string;
  readonly value: number;
  /** Who measured it. */
  readonly source: string;
}

/** A file of weights: where it is or can be downloaded. */
export interface WeightsFile {
  /** For example `npm package @vladmandic/human@3.3.6, models/centernet.bin`. */
  readonly from: string;
  readonly licence: string;
  /** What the licence means for users, where it is not obvious. */
  readonly note?: string;
  /** The tasks that need it. @default {all of the model} */
  readonly tasks?: readonly Task[];
  /** The files of weights that come with bneck or its packages. */
  readonly files?: () => readonly URL[];
  /** Absent for a file that comes with bneck or its packages. */
  readonly download?: Download;
}

/** The classes of a model, by task. */
export interface ModelLabels {
  readonly detect?: readonly DetectionLabel[];
  readonly segment?: readonly SegmentationLabel[];
  readonly classify?: readonly ClassificationLabel[];
}

/** A model: what it is, what it can do, and how to build its network. */
export interface RunnableModel {
  /** `architecture.weights`. */
  readonly name: string;
  /** Shorter names that mean the same. */
  readonly aliases: readonly string[];
  readonly summary: string;
  readonly tasks: readonly Task[];
  readonly labels: ModelLabels;
  readonly weights: readonly WeightsFile[];
  readonly metrics: readonly PublishedMetric[];
  /** Whether its detector returns the masks of objects. @default {false} */
  readonly hasMasks?: boolean;
  /** Whether it tells one thing from its background, with one number per pixel. @default {false} */
  readonly hasMatte?: boolean;
  /** The architecture that the weights are for, where other weights can be read for it. */
  readonly architecture?: string;
  /** How images are prepared; absent where it is part of the network. */
  readonly preprocessing?: Preprocessing;
  /** Which parts of this entry were checked, and against what. */
  readonly verified: string;
  /** What the model's decoder was trained on, where its classes fit no other images: "street scenes". */
  readonly scenes?: string;
  /** Of a quantized file: how it was made. */
  readonly quantization?: QuantizationRecord;
  /** What is wrong with the weights, a sentence each, once they have been read. */
  readonly warnings?: readonly string[];
  /**
   * Reads the weights and builds the network for some of the model's tasks.
   *
   * @param inputSize overrides the model's own.
   * @throws {BneckError} when the weights are missing or do not fit, or the size cannot be changed.
   */
  build(tasks: readonly Task[], inputSize?: InputSize): Promise<Network | OnnxNetwork>;
}

/** A model whose network is built layer by layer. */
export interface ModelEntry extends RunnableModel {
  build(tasks: readonly Task[], inputSize?: InputSize): Promise<Network>;
}
