/** Reading the files that users name, with errors that say what is wrong with them. */
import { BneckError, type Hint, inputError } from "../errors.ts";
import { reasonOf } from "../files/reason.ts";
import type { RgbImage } from "./image.ts";

/** Pixels an image may have by default: what Pillow refuses to decode, a third of 2^29. */
export const DEFAULT_MAX_PIXELS = 178_956_970;

/** Bytes a file may have: more than any image of {@linkcode DEFAULT_MAX_PIXELS} needs. */
const MAX_FILE_BYTES = 2 ** 31;

/** How hostile an input may be. */
export interface DecodeOptions {
  /** Pixels (width × height) above which an image is refused before it is decoded. */
  readonly maxPixels?: number;
}

/** The error of an input that cannot be read: `cannot read street.jpg: the file is empty`. */
export function cannotRead(name: string, reason: string, cause?: unknown, hint?: Hint): BneckError {
  return inputError(`cannot read ${name}: ${reason}`, cause, hint);
}

/**
 * The bytes of an image's file.
 *
 * @throws {BneckError} The file is missing, may not be read, is a folder or another special file, is empty or is
 * larger than 2 GiB.
 */
export async function readInputFile(path: string): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    const info = await Deno.stat(path);
    if (info.isDirectory) throw cannotRead(path, "it is a folder");
    if (!info.isFile) throw cannotRead(path, "it is not a regular file");
    if (info.size > MAX_FILE_BYTES) {
      throw cannotRead(path, `its ${info.size} bytes are too many for an image`);
    }
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof BneckError) throw error;
    // Deno lists a name that is no UTF-8 with U+FFFD in the place of what it cannot say, and cannot open it.
    const unnameable = error instanceof Deno.errors.NotFound && path.includes("\ufffd");
    throw cannotRead(path, unnameable ? "its name is not UTF-8; rename it" : reasonOf(error), error);
  }
  if (bytes.length === 0) throw cannotRead(path, "the file is empty");
  return bytes;
}

/**
 * Refuses an image with more than `maxPixels` pixels, or none.
 *
 * @throws {BneckError} It names the size and the limit, with `maxPixels` as its hint.
 */
export function checkPixels(
  { width, height }: Pick<RgbImage, "width" | "height">,
  name: string,
  maxPixels: number,
) {
  if (width < 1 || height < 1) throw cannotRead(name, `its header says ${width}×${height} pixels`);
  if (width * height <= maxPixels) return;
  throw cannotRead(
    name,
    `${width}×${height} is ${width * height} pixels, more than the limit of ${maxPixels}`,
    undefined,
    { option: "maxPixels", advice: "raise it" },
  );
}
