import type { BoundWeights, Graph } from "../core/graph/mod.ts";
import type { Color, ResizeFilter } from "../core/images/mod.ts";
import type {
  Classification,
  ClassificationSettings,
  Decoder,
  Detections,
  DetectionSettings,
  LabelLogits,
} from "../heads/mod.ts";
import type { InputSize, SizeGrid } from "./input_size.ts";
import type { CompanionInput } from "./companion_inputs.ts";
import type { TensorInput } from "./tensor_input.ts";
import type { OutputNames } from "./tensor_outputs.ts";

/** What a network can be asked for. */
export const TASKS = ["detect", "segment", "classify"] as const;

/** One of {@linkcode TASKS}. */
export type Task = typeof TASKS[number];

/** The maximum number of classes of a segmentation network: a pixel's label is a byte. */
export const MAX_PIXEL_LABELS = 256;

/** A class of a classifier. */
export interface ClassificationLabel {
  readonly name: string;
  /** Its id in WordNet, for ImageNet's classes. */
  readonly wordNetId?: string;
}

/** A class of a detector. */
export interface DetectionLabel {
  readonly name: string;
  /** The class's id in the annotation files of its dataset. */
  readonly categoryId: number;
}

/** A class of a segmentation network. */
export interface SegmentationLabel {
  readonly name: string;
  readonly color: Color;
}

/** A detection head with the names of its classes. */
export interface DetectionTask {
  readonly head: Decoder<DetectionSettings, Detections>;
  readonly labels: readonly DetectionLabel[];
}

/** A segmentation head with the names of its classes. */
export interface SegmentationTask {
  readonly head: Decoder<Record<never, never>, LabelLogits>;
  readonly labels: readonly SegmentationLabel[];
}

/** A classification head with the names of its classes. */
export interface ClassificationTask {
  readonly head: Decoder<ClassificationSettings, Classification>;
  readonly labels: readonly ClassificationLabel[];
}

/** The tasks of a network, each with its head. */
export interface Tasks {
  readonly detect?: DetectionTask;
  readonly segment?: SegmentationTask;
  readonly classify?: ClassificationTask;
}

/** What every network that can be run has. */
export interface RunnableNetwork {
  readonly tasks: Tasks;
  readonly inputSize: InputSize;
  readonly sizeGrid: SizeGrid;
  /** What the user should know about the weights, a sentence each. */
  readonly warnings?: readonly string[];
}

/**
 * A network with its weights, ready to be written as ONNX. Its graph takes the raw image (`image`,
 * `[1, H, W, 3]` uint8) and the input size (`size`); the outputs of a task are named `TASK.NAME`.
 */
export interface Network extends RunnableNetwork {
  readonly graph: Graph;
  readonly weights: BoundWeights;
}

/** A network as an ONNX file: it takes and returns the same, but its input size may be fixed. */
export interface OnnxNetwork extends RunnableNetwork {
  /** The bytes of the file. */
  readonly onnx: Uint8Array;
  /** How images may be resized before the file does it itself. */
  readonly filter?: ResizeFilter;
  /** What is known of a file that others exported. */
  readonly adopted?: AdoptedGraph;
  /** Bytes that the network takes for each pixel of its input, where its graph is known. */
  readonly bytesPerPixel?: number;
}

/** What the graph of a file that others exported takes and returns, where ours take the raw image. Plain data. */
export interface AdoptedGraph {
  readonly input: TensorInput;
  /** What the graph takes beside the image. @default {nothing} */
  readonly companions?: readonly CompanionInput[];
  readonly outputs: OutputNames;
}
