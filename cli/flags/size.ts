/**
 * `--size`, `--tta`: what happens to images before the network sees them.
 *
 * @module
 */
import { usageError } from "../../core/errors.ts";
import { type InputSize, LARGEST_SIDE } from "../../models/input_size.ts";

/** The height and width of an image, in pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/**
 * Reads `520` (the shorter side) or `1024x2048` (height × width, as papers and frameworks order them).
 *
 * @throws {BneckError} (usage) for anything else.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseSize } from "./size.ts";
 * assert.deepEqual(parseSize("520"), { kind: "shorter", pixels: 520 });
 * assert.deepEqual(parseSize("1024x2048"), { kind: "exact", height: 1024, width: 2048 });
 * ```
 */
export function parseSize(text: string): InputSize {
  const [first, second] = parseSides(text, "the shorter side, such as 520");
  return second === undefined
    ? { kind: "shorter", pixels: first }
    : { kind: "exact", height: first, width: second };
}

/**
 * Reads `224` (a square) or `1024x2048` (height × width).
 *
 * @throws {BneckError} (usage) for anything else.
 */
export function parseImageSize(text: string): ImageSize {
  const [height, width = height] = parseSides(text, "a square's side, such as 224");
  return { height, width };
}

function parseSides(text: string, single: string): number[] {
  const sides = /^(\d{1,6})(?:[xX×](\d{1,6}))?$/.exec(text)?.slice(1).filter((side) => side !== undefined)
    .map(Number);
  if (!sides) throw usageError(`expected ${single}, or HEIGHTxWIDTH, such as 1024x2048`);
  const wrong = sides.find((side) => side < 1 || side > LARGEST_SIDE);
  if (wrong !== undefined) throw usageError(`a side must have 1 to ${LARGEST_SIDE} pixels, not ${wrong}`);
  return sides;
}

/** The size as it is typed: `"520"`, `"1024x2048"`. */
export function formatSize(size: InputSize): string {
  return size.kind === "exact" ? `${size.height}x${size.width}` : String(size.pixels);
}

/** `--tta`: the only augmentation is `flip`. */
export const TTA_FLAG = {
  kind: "enum",
  values: ["flip"],
  optional: true,
  placeholder: "flip",
  brief: "average each image with its mirror image (flip): slightly better masks for twice the time",
} as const;

/** A `--size` flag that may be left out. */
export function sizeFlag(brief = "resize to SIZE: the shorter side (520) or HEIGHTxWIDTH (1024x2048)") {
  return { kind: "parsed", parse: parseSize, optional: true, placeholder: "SIZE", brief } as const;
}

/** A `--size` flag for an exact size that may be left out. */
export function imageSizeFlag(brief: string) {
  return { kind: "parsed", parse: parseImageSize, optional: true, placeholder: "SIZE", brief } as const;
}
