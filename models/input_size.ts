import { usageError } from "../core/errors.ts";
import type { Extent } from "../core/graph/mod.ts";

/**
 * The rule by which the size of a network's input follows from the size of the image, before it is brought onto the size
 * grid. Sizes themselves are an {@linkcode Extent}, `[height, width]` in pixels.
 */
export type InputSize =
  /** The longer side gets this many pixels, the other keeps the aspect. */
  | { readonly kind: "longer"; readonly pixels: number }
  /** The shorter side does; unless the longer would exceed `max`, which then decides. */
  | { readonly kind: "shorter"; readonly pixels: number; readonly max?: number }
  /** Every image is stretched to one size. */
  | { readonly kind: "exact"; readonly height: number; readonly width: number };

/** One size for every image, `[height, width]`: a single number is the side of a square. */
export function exactExtent(size: InputSize): Extent {
  return size.kind === "exact" ? [size.height, size.width] : [size.pixels, size.pixels];
}

/** Larger sides of an input are taken for a slip of the keyboard. */
export const LARGEST_SIDE = 16_384;

/** Whether a value that someone states is a side of an input in pixels. */
export function isSide(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= LARGEST_SIDE;
}

/** The lengths that an axis of the input may have: `offset`, `offset + step`, `offset + 2 · step`, … */
export interface AxisGrid {
  readonly step: number;
  /** @default {0} */
  readonly offset?: number;
  /** @default {"nearest"} */
  readonly rounding?: "nearest" | "down" | "up";
}

/**
 * The sizes at which a network works well. TensorFlow's padding depends on whether a feature map's length is
 * odd, so where the cells of coarse maps lie changes with the size, by up to half a cell at every stride.
 */
export interface SizeGrid {
  readonly height: AxisGrid;
  readonly width: AxisGrid;
  /**
   * Sides that differ by more than this factor are squashed: a 20×4000 strip must not become 360×72000.
   * @default {4}
   */
  readonly maxAspect?: number;
  /** The smallest height and width that the network can take. */
  readonly minSide?: MinSide;
  /** The middle of the resized image, height and width in pixels, where the network sees no more than that. */
  readonly crop?: Extent;
}

/** How small an input may be, and why. */
export interface MinSide {
  /** In pixels. */
  readonly side: number;
  /** As the end of "…, because". */
  readonly reason: string;
}

/** Whole pixels, the fraction dropped. */
const WHOLE: AxisGrid = { step: 1, rounding: "down" };

/** Any size at all, rounded down as torchvision does. */
export const EVERY_SIZE: SizeGrid = { height: WHOLE, width: WHOLE };

/** The same for networks that see only the middle of the resized image, of the size of `crop`. */
export function everySizeCropped(crop: Extent): SizeGrid {
  return { ...EVERY_SIZE, maxAspect: 64, crop };
}

const MAX_ASPECT = 4;

/**
 * The input size for an image, `[height, width]` in pixels: the nearest to `size` on the size grid.
 *
 * @throws {BneckError} (usage) when it is smaller than the network can take.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { inputExtent } from "./input_size.ts";
 * const by32 = { height: { step: 32 }, width: { step: 32 } };
 * assert.deepEqual(inputExtent({ kind: "longer", pixels: 512 }, by32, 640, 427), [352, 512]);
 * ```
 */
export function inputExtent(size: InputSize, sizeGrid: SizeGrid, width: number, height: number): Extent {
  const [h, w] = wantedExtent(size, width, height, sizeGrid.maxAspect ?? MAX_ASPECT);
  const extent: Extent = [onGrid(sizeGrid.height, h), onGrid(sizeGrid.width, w)];
  const { minSide } = sizeGrid;
  if (minSide && Math.min(...extent) < minSide.side) {
    throw usageError(
      `an input of ${
        extent.join("×")
      } is too small: each side needs at least ${minSide.side} pixels, because ${minSide.reason}`,
    );
  }
  return extent;
}

function wantedExtent(size: InputSize, width: number, height: number, maxAspect: number): Extent {
  if (size.kind === "exact") return [size.height, size.width];
  const limit = size.kind === "shorter" ? size.max : undefined;
  if (limit !== undefined && Math.max(width, height) / Math.min(width, height) * size.pixels > limit) {
    // The shorter side is rounded, as Hugging Face's `get_size_with_aspect_ratio` does.
    const shorter = Math.max(1, Math.round(limit * Math.min(width, height) / Math.max(width, height)));
    return width >= height ? [shorter, limit] : [limit, shorter];
  }
  const [short, long] = [
    Math.min(width, height),
    Math.min(Math.max(width, height), Math.min(width, height) * maxAspect),
  ];
  // Multiplied before it is divided, as torchvision does: the result decides about a pixel.
  const shorter = size.kind === "shorter" ? size.pixels : size.pixels * short / long;
  const longer = size.kind === "longer" ? size.pixels : size.pixels * long / short;
  return width >= height ? [shorter, longer] : [longer, shorter];
}

function onGrid({ step, offset = 0, rounding }: AxisGrid, length: number): number {
  const minSteps = offset > 0 ? 0 : 1;
  const steps = (length - offset) / step;
  // Whole pixels first: padding begins where they end.
  const rounded = rounding === "down"
    ? Math.floor(steps)
    : rounding === "up"
    ? Math.ceil((Math.round(length) - offset) / step)
    : Math.round(steps);
  return offset + step * Math.max(minSteps, rounded);
}
