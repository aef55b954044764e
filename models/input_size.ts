import type { Extent } from "../core/graph/mod.ts";

/** How the size of the network's input follows from the size of the image. */
export type InputSize =
  /** The shorter (or longer) side gets this many pixels, the other keeps the aspect. */
  | { readonly kind: "shorter" | "longer"; readonly pixels: number; readonly multipleOf: number }
  /** Every image is stretched to one size. */
  | { readonly kind: "exact"; readonly height: number; readonly width: number };

/** Sides that differ by more than this factor are squashed: a 20×4000 strip must not become 360×72000. */
const MAX_ASPECT = 4;

/**
 * The input size for an image, `[height, width]` in pixels.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { inputExtent } from "./input_size.ts";
 * assert.deepEqual(inputExtent({ kind: "shorter", pixels: 360, multipleOf: 1 }, 960, 720), [360, 480]);
 * assert.deepEqual(inputExtent({ kind: "longer", pixels: 512, multipleOf: 32 }, 640, 427), [352, 512]);
 * ```
 */
export function inputExtent(size: InputSize, width: number, height: number): Extent {
  if (size.kind === "exact") return [size.height, size.width];
  const aspect = Math.min(Math.max(width, height) / Math.min(width, height), MAX_ASPECT);
  const rounded = (pixels: number) => Math.max(1, Math.round(pixels / size.multipleOf)) * size.multipleOf;
  const shorter = rounded(size.kind === "shorter" ? size.pixels : size.pixels / aspect);
  const longer = rounded(size.kind === "longer" ? size.pixels : size.pixels * aspect);
  return width >= height ? [shorter, longer] : [longer, shorter];
}
