/** What happens to an image before a network sees it, as the authors of the weights describe it. */
import type { Extent, Graph, PreprocessOperator } from "../core/graph/mod.ts";
import type { ResizeFilter } from "../core/images/mod.ts";
import { EVERY_SIZE, everySizeCropped, type InputSize, type SizeGrid } from "./input_size.ts";

/** Resizing, cropping and normalising, in that order. */
export interface Preprocessing {
  /** The size that images are resized to. */
  readonly size: InputSize;
  /** With `antialias`, an image that is made smaller is smoothed first, as Pillow does. */
  readonly interpolation: Exclude<PreprocessOperator["resize"], "none">;
  /** The middle of the resized image, height and width, that the network sees. */
  readonly crop?: Extent;
  /** Subtracted from each channel of an image in 0…1. */
  readonly mean: readonly [number, number, number];
  /** Divides each channel after `mean`. */
  readonly std: readonly [number, number, number];
}

/** The mean and standard deviation of ImageNet's pixels. */
export const IMAGENET_NORMALISATION = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
} as const;

/** To −1…1, as TensorFlow's networks want it. */
export const SYMMETRIC_NORMALISATION = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] } as const;

/** Nothing but 0…1. */
export const UNIT_NORMALISATION = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

/** What a classifier's images go through: the shorter side to `resize` pixels, then the middle. */
export function classificationPreprocessing(
  resize: number,
  crop: number,
  options: Partial<Preprocessing> = {},
): Preprocessing {
  return {
    size: { kind: "shorter", pixels: resize },
    interpolation: "antialias",
    crop: [crop, crop],
    ...IMAGENET_NORMALISATION,
    ...options,
  };
}

/** The graph's preprocessing. Networks count pixels in 0…255. */
export function preprocessOperator(
  { interpolation, crop, mean, std }: Preprocessing,
): Omit<PreprocessOperator, "kind"> {
  const bytes = ([r, g, b]: readonly [number, number, number]) => [r * 255, g * 255, b * 255] as const;
  return {
    resize: interpolation,
    crop,
    mean: bytes(mean),
    std: bytes(std),
  };
}

/**
 * How a network resizes its images, where `resizeImage` does the same: an image that has the input size already passes
 * through the network's own resizing unchanged.
 */
export function resizeFilter({ layers }: Graph): ResizeFilter | undefined {
  for (const { operator } of layers) {
    if (operator.kind !== "preprocess") continue;
    if (operator.resize === "antialias") return "bilinear";
    if (operator.resize === "antialias-bicubic") return "bicubic";
  }
  return undefined;
}

/** The sizes that images may be resized to. */
export function sizeGrid({ crop }: Preprocessing): SizeGrid {
  return crop ? everySizeCropped(crop) : EVERY_SIZE;
}

/**
 * The same preprocessing for another input size. With a crop, the size is what the network sees, and the margin
 * around it stays in proportion; both sides given exactly, nothing is cut off.
 */
export function resized(preprocessing: Preprocessing, size: InputSize | undefined): Preprocessing {
  const { crop, size: standard } = preprocessing;
  if (!size) return preprocessing;
  if (!crop || standard.kind === "exact") return { ...preprocessing, size };
  if (size.kind === "exact") return { ...preprocessing, size, crop: undefined };
  const pixels = Math.floor(size.pixels * standard.pixels / crop[0]);
  return {
    ...preprocessing,
    size: { kind: "shorter", pixels },
    crop: [size.pixels, size.pixels],
  };
}
