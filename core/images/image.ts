/** Pixels in memory, the limits on them, and the bytes of the files that they come from. */
import { type BneckError, type Hint, inputError } from "../errors.ts";
import { readUserFile } from "../files/read_user_file.ts";
import type { ImageNote } from "./notes.ts";

/** An upright 8-bit RGB image, rows from top to bottom: `[height, width, 3]`. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Width and height in pixels. */
export type ImageSize = Pick<RgbImage, "width" | "height">;

/** An image from a file. */
export interface DecodedImage extends RgbImage {
  /** The size of the image in the file, upright, where only a smaller version was decoded. */
  readonly full?: ImageSize;
  /** What its user should know; absent, nothing. */
  readonly notes?: readonly ImageNote[];
}

/** One class id per pixel, rows from top to bottom: `[height, width]`. */
export interface LabelMap {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint16Array;
}

/**
 * A part of a mask, 1 where it is set: rows from top to bottom, `[height, width]`, whose first pixel is at `x`, `y` of the
 * image. Elsewhere the mask is 0.
 */
export interface PlacedMask {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The default limit on the pixels of an image: the one of Pillow, a third of 2^29. */
export const DEFAULT_MAX_PIXELS = 178_956_970;

/** Bytes that a file may have: more than any image of {@linkcode DEFAULT_MAX_PIXELS} needs. */
const MAX_FILE_BYTES = 2 ** 31;

/** Limits on what is decoded, and what is decoded although something is missing. */
export interface DecodeOptions {
  /** Pixels (width × height) above which an image is refused before it is decoded. @default {DEFAULT_MAX_PIXELS} */
  readonly maxPixels?: number;
  /** Whether a JPEG that ends too early is read as far as it goes; what is missing is grey. @default {false} */
  readonly truncated?: boolean;
  /**
   * The size at which an image is needed, by its full size upright; `undefined` for all of it. JPEG and WebP files that are
   * three times as large in both directions are decoded at that size, which is faster and takes less memory.
   */
  readonly reduce?: (full: ImageSize) => ImageSize | undefined;
}

/** The size of the image in its file. */
export function fullSize({ width, height, full }: ImageSize & Pick<DecodedImage, "full">): ImageSize {
  return full ?? { width, height };
}

/** The error of an image that cannot be read: `cannot read street.jpg: the file is empty`. */
export function cannotRead(name: string, reason: string, cause?: unknown, hint?: Hint): BneckError {
  return inputError(`cannot read ${name}: ${reason}`, cause, hint);
}

/**
 * The bytes of an image file, not decoded.
 *
 * @throws {BneckError} if the file is missing, may not be read, is a folder or another special file, is empty or is
 * larger than 2 GiB
 */
export async function readImageFile(path: string): Promise<Uint8Array> {
  const bytes = await readUserFile(path, { maxBytes: MAX_FILE_BYTES, error: inputError });
  if (bytes.length === 0) throw cannotRead(path, "the file is empty");
  return bytes;
}

/**
 * Refuses an image with more than `maxPixels` pixels, or none.
 *
 * @throws {BneckError} naming the size and the limit, with the option `maxPixels` as its hint
 */
export function checkPixels(
  { width, height }: Pick<RgbImage, "width" | "height">,
  name: string,
  maxPixels: number,
): void {
  if (width < 1 || height < 1) throw cannotRead(name, `its header gives a size of ${width}×${height} pixels`);
  if (width * height <= maxPixels) return;
  throw cannotRead(
    name,
    `${width}×${height} is ${width * height} pixels, more than the limit of ${maxPixels}`,
    undefined,
    { option: "maxPixels", advice: "raise it" },
  );
}
