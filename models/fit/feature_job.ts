import type { SizeGrid } from "../input_size.ts";
import type { Augmentation } from "./augment.ts";

/** What a worker that computes features starts with. */
export interface FeatureSettings {
  /** The bytes of the network's first part, shared. */
  readonly onnx: Uint8Array<SharedArrayBuffer>;
  readonly augmentation: Augmentation;
  readonly sizeGrid: SizeGrid;
  readonly seed: number;
  /** By pixel value of a mask: its class, or 255. */
  readonly classOfValue: Uint8Array;
}

/** One sample to compute. */
export interface FeatureJob {
  readonly image: string;
  /** The mask, or the class of the whole image. */
  readonly truth: string | number;
  /** Of the image; `null` is the image as it is evaluated, without labels. */
  readonly variant: number | null;
  /** Where it goes. */
  readonly path: string;
}

/** What it took. */
export interface FeatureReport {
  readonly bytes: number;
}
