/** From the bytes of an image to upright 8-bit RGB pixels. */
import { firstBytes } from "../bytes.ts";
import { decodeBmp } from "./formats/bmp.ts";
import { imageFormat, READABLE_FORMATS, unsupportedFormat } from "./formats/file_format.ts";
import {
  cannotRead,
  type DecodedImage,
  type DecodeOptions,
  DEFAULT_MAX_PIXELS,
  readImageFile,
} from "./image.ts";
import { overWhite } from "./pixels.ts";
import { decodeWithSharp, type NotedPixels } from "./sharp_decode.ts";

/**
 * Decodes an image file as {@linkcode decodeImage} does; `path` names it in errors.
 *
 * @throws {BneckError} if the file cannot be read or is not a complete image
 */
export async function readImage(path: string, options?: DecodeOptions): Promise<DecodedImage> {
  return await decodeImage(await readImageFile(path), path, options);
}

/**
 * Decodes a JPEG, PNG, WebP, AVIF, GIF, TIFF or BMP (of several pages or frames the first) to `[height, width, 3]`, as
 * Pillow's `ImageOps.exif_transpose(image).convert("RGB")` would: EXIF orientation applied, ICC profiles ignored, 16-bit
 * samples reduced by `>> 8`, CMYK converted without a profile. Unlike in Pillow, transparency is blended with white, unless
 * all of the image is transparent, and chroma that AVIF holds at half the resolution is repeated, where Pillow
 * interpolates it: libheif does so, and sharp has no option for it. With `reduce`, JPEG and WebP may come at a smaller size. What its user should know of the image comes as `notes`.
 *
 * The pixels own their `ArrayBuffer`, so that they can be transferred to another thread.
 *
 * @example
 * ```ts
 * import { decodeImage } from "./decode.ts";
 * const gif = Uint8Array.fromBase64("R0lGODdhAQABAIAAAMgePMgePCwAAAAAAQABAAACAkQBADs=");
 * const { width, height, data } = await decodeImage(gif, "one_pixel.gif");
 * console.log(width, height, data); // 1 1 Uint8Array(3) [ 200, 30, 60 ]
 * ```
 *
 * @param name names the image in errors
 * @throws {BneckError} if the file is empty, of another format, damaged, truncated, or above the limit on pixels
 */
export async function decodeImage(
  bytes: Uint8Array,
  name: string,
  { maxPixels = DEFAULT_MAX_PIXELS, truncated = false, reduce }: DecodeOptions = {},
): Promise<DecodedImage> {
  if (bytes.length === 0) throw cannotRead(name, "the file is empty");
  const format = imageFormat(bytes);
  if (!format) throw cannotRead(name, unknownFormat(bytes));
  const { pixels, notes, full }: NotedPixels = format === "BMP"
    ? { pixels: decodeBmp(bytes, name, maxPixels), notes: [] }
    : await decodeWithSharp({ bytes, name, format, maxPixels, truncated, reduce });
  const { image, transparent } = overWhite(pixels);
  if (transparent) notes.push({ kind: "transparent" });
  return { ...image, ...(full && { full }), ...(notes.length > 0 && { notes }) };
}

function unknownFormat(bytes: Uint8Array): string {
  const format = unsupportedFormat(bytes);
  return format
    ? `unsupported format: ${format}; use ${READABLE_FORMATS}`
    : `not an image (first bytes ${firstBytes(bytes)})`;
}
