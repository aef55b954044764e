/** From the bytes of an image to upright 8-bit RGB pixels. */
import { firstBytes } from "../bytes.ts";
import { decodeBmp, type Pixels } from "./bmp.ts";
import { explainDamage } from "./damage.ts";
import { type ImageFormat, imageFormat, READABLE_FORMATS, unsupportedFormat } from "./file_format.ts";
import {
  cannotRead,
  checkPixels,
  type DecodeOptions,
  DEFAULT_MAX_PIXELS,
  readImageFile,
  type RgbImage,
} from "./image.ts";
import { loadSharp } from "./load_sharp.ts";

/**
 * Decodes an image file as {@linkcode decodeImage} does; `path` names it in errors.
 *
 * @throws {BneckError} if the file cannot be read or is not a complete image
 */
export async function readImage(path: string, options?: DecodeOptions): Promise<RgbImage> {
  return await decodeImage(await readImageFile(path), path, options);
}

/**
 * Decodes a JPEG, PNG, WebP, GIF (its first frame), TIFF or BMP to `[height, width, 3]`, as Pillow's
 * `ImageOps.exif_transpose(image).convert("RGB")` would: EXIF orientation applied, ICC profiles ignored, 16-bit samples
 * reduced by `>> 8`, CMYK converted without a profile. Unlike in Pillow, transparency is blended with white.
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
  { maxPixels = DEFAULT_MAX_PIXELS }: DecodeOptions = {},
): Promise<RgbImage> {
  if (bytes.length === 0) throw cannotRead(name, "the file is empty");
  const format = imageFormat(bytes);
  if (!format) throw cannotRead(name, unknownFormat(bytes));
  if (format === "BMP") return overWhite(decodeBmp(bytes, name, maxPixels));
  return overWhite(await decodeWithSharp(bytes, name, format, maxPixels));
}

function unknownFormat(bytes: Uint8Array): string {
  const format = unsupportedFormat(bytes);
  return format
    ? `${format} is not supported; use ${READABLE_FORMATS}`
    : `not an image (first bytes ${firstBytes(bytes)})`;
}

async function decodeWithSharp(
  bytes: Uint8Array,
  name: string,
  format: ImageFormat,
  maxPixels: number,
): Promise<Pixels> {
  const frame = format === "JPEG" ? jpegFrame(bytes) : undefined;
  // libjpeg has its own limit, below what a header can say. A height of 0 means that it follows later.
  if (frame && frame.width > 0 && frame.height > 0) checkPixels(frame, name, maxPixels);
  const sharp = await loadSharp();
  const options = {
    ignoreIcc: true,
    autoOrient: true,
    // "warning" would also reject complete images with a stray byte between markers, which every viewer opens.
    failOn: "error",
    limitInputPixels: Number.isFinite(maxPixels) ? maxPixels : false,
  } as const;
  try {
    let pipeline = sharp(bytes, options);
    const space = format === "TIFF" ? (await tiffColors(pipeline, name)) : frame?.space;
    // By default, sharp would convert CMYK with a press profile.
    if (space === "cmyk") pipeline = pipeline.pipelineColourspace("cmyk").toColourspace("cmyk");
    const { data, info } = await pipeline.raw().toBuffer({ resolveWithObject: true });
    const pixels = { width: info.width, height: info.height, data: owned(data) };
    if (space === "cmyk") return { ...pixels, channels: 3, data: cmykToRgb(pixels.data, info.channels) };
    if (info.channels !== 3 && info.channels !== 4) throw new Error(`${info.channels} channels`);
    return { ...pixels, channels: info.channels };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.includes("exceeds pixel limit")) {
      const { width, height } = await sharp(bytes, { ...options, limitInputPixels: false }).metadata();
      checkPixels({ width, height }, name, maxPixels);
    }
    throw explainDamage(bytes, name, format, error);
  }
}

/** The size in the frame header of a JPEG, and whether its colours are CMYK (four components). */
function jpegFrame(bytes: Uint8Array): { width: number; height: number; space?: "cmyk" } | undefined {
  for (let at = 2; at + 9 < bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1];
    if (marker === 0xff) {
      at++;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) {
      const [height, width] = [bytes[at + 5] << 8 | bytes[at + 6], bytes[at + 7] << 8 | bytes[at + 8]];
      return { width, height, space: bytes[at + 9] === 4 ? "cmyk" : undefined };
    }
    at += 2 + (bytes[at + 2] << 8 | bytes[at + 3]);
  }
  return undefined;
}

async function tiffColors(
  pipeline: { metadata(): Promise<{ space: string; depth: string }> },
  name: string,
): Promise<"cmyk" | undefined> {
  const { space, depth } = await pipeline.metadata();
  const cmyk = space === "cmyk";
  if (depth === "uchar" || (depth === "ushort" && !cmyk)) return cmyk ? "cmyk" : undefined;
  throw cannotRead(
    name,
    `a TIFF with ${cmyk ? "CMYK " : ""}${depth} samples is not supported; save it with 8 bits`,
  );
}

/** RGB as Pillow converts it: `(255 - ink) · (255 - black) / 255`, rounded. */
function cmykToRgb(cmyk: Uint8Array, channels: number): Uint8Array {
  const count = cmyk.length / channels;
  const rgb = new Uint8Array(count * 3);
  for (let i = 0, from = 0, to = 0; i < count; i++, from += channels) {
    const light = 255 - cmyk[from + 3];
    for (let ink = 0; ink < 3; ink++) rgb[to++] = divideBy255((255 - cmyk[from + ink]) * light);
  }
  return rgb;
}

/** Blends the image with white if it has an alpha channel. */
function overWhite({ width, height, channels, data }: Pixels): RgbImage {
  if (channels === 3) return { width, height, data };
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    const alpha = data[from + 3];
    const white = 255 * (255 - alpha);
    rgb[to++] = divideBy255(data[from] * alpha + white);
    rgb[to++] = divideBy255(data[from + 1] * alpha + white);
    rgb[to++] = divideBy255(data[from + 2] * alpha + white);
  }
  return { width, height, data: rgb };
}

/** `round(value / 255)` for 0 to 255². */
function divideBy255(value: number): number {
  return (value + 128 + ((value + 128) >> 8)) >> 8;
}

/** The bytes in their own `ArrayBuffer`: a small Node buffer may be part of a shared pool. */
function owned(buffer: Uint8Array): Uint8Array {
  const whole = buffer.byteOffset === 0 && buffer.byteLength === buffer.buffer.byteLength;
  return whole ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer);
}
