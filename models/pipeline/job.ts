/** What the workers of `segment`, `detect` and `run` are told, and what they report. Plain data throughout. */
import type { Detections, DetectionSettings } from "../../heads/mod.ts";
import type { InputSize } from "../input_size.ts";
import type { Task } from "../network.ts";

/** Files that segmentation can leave for an image. */
export const SEGMENT_FILES = ["ids", "color", "overlay", "scores"] as const;

/** Files that detection can leave for an image; `coco` is one file for all. */
export const DETECT_FILES = ["boxes", "json", "yolo", "crops"] as const;

/** A kind of file that is written for each image. */
export type FileKind = typeof SEGMENT_FILES[number] | typeof DETECT_FILES[number];

/** The same for every image of a run. */
export interface PipelineSettings {
  readonly model: string;
  readonly tasks: readonly Task[];
  readonly inputSize?: InputSize;
  readonly detect: DetectionSettings;
  readonly files: readonly FileKind[];
  /** How much of the class colour an overlay shows, 0…1. */
  readonly opacity: number;
  /** The segmentation classes that pictures show; absent, all. */
  readonly shownClasses?: ReadonlySet<number>;
  /** Larger images are refused. */
  readonly maxPixels?: number;
}

/** One image. */
export interface ImageJob {
  readonly path: string;
  /** Where its files go, without kind and extension; absent, none are written. */
  readonly outputStem?: string;
}

/** What was found in one image. */
export interface ImageReport {
  readonly width: number;
  readonly height: number;
  readonly inputWidth: number;
  readonly inputHeight: number;
  readonly detect?: Detections;
  /** Pixels of each class. */
  readonly segment?: Uint32Array;
  /** The files written. */
  readonly files: readonly string[];
  readonly milliseconds: StageTimes;
}

/** Where the time of one image went. */
export interface StageTimes {
  /** Reading and decoding the file. */
  readonly decode: number;
  /** The network, with resizing and normalising. */
  readonly infer: number;
  /** From the network's outputs to boxes and labels. */
  readonly post: number;
  /** Drawing, encoding and writing. */
  readonly encode: number;
}
