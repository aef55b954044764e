/** The size of an image by its header: what decoding it would take is known before anything is decoded. */
import type { Sharp } from "sharp";
import { imageFormat } from "./file_format.ts";
import { jpegFrame } from "./jpeg_header.ts";
import { loadSharp } from "../load_sharp.ts";
import { hasTransparentColor } from "./png_chunks.ts";

/** What a header claims, before the image is turned upright. */
export interface ClaimedSize {
  readonly width: number;
  readonly height: number;
  /** Bytes of memory that a pixel takes while it is decoded. */
  readonly bytesPerPixel: number;
  /** Whether its codec can decode it at a smaller size: see `DecodeOptions.reduce`. */
  readonly reducible: boolean;
}

/** RGB as it comes out of a codec. */
const OPAQUE = 3;

/** RGB with alpha, and then without. */
const TRANSPARENT = 7;

/** CMYK, and then RGB. */
const CMYK = 7;

/** The coefficients of a progressive JPEG: two bytes for each sample, none of the colours left out. */
const COEFFICIENTS = 6;

/** The size that the header of an image claims; `undefined` where it cannot be read, as for a file that is not an image. */
export async function claimedSize(bytes: Uint8Array): Promise<ClaimedSize | undefined> {
  const format = imageFormat(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (format) {
    case undefined:
      return undefined;
    case "JPEG": {
      const frame = jpegFrame(bytes);
      if (frame === undefined) return undefined;
      const progressive = [2, 6, 10, 14].includes(frame.process);
      const colors = frame.components === 4 ? CMYK : OPAQUE;
      const bytesPerPixel = colors + (progressive ? COEFFICIENTS : 0);
      return { width: frame.width, height: frame.height, bytesPerPixel, reducible: frame.components !== 4 };
    }
    case "PNG": {
      if (bytes.length < 29) return undefined;
      const size = { width: view.getUint32(16), height: view.getUint32(20) };
      const [colorType, interlace] = [bytes[25], bytes[28]];
      const opaque = (colorType & 4) === 0 && !hasTransparentColor(bytes);
      // An interlaced image is complete only after its last pass.
      const bytesPerPixel = (opaque ? OPAQUE : TRANSPARENT) + (interlace === 0 ? 0 : 4);
      return { ...size, bytesPerPixel, reducible: false };
    }
    case "BMP":
      if (bytes.length < 26) return undefined;
      return { ...bmpSize(view), bytesPerPixel: TRANSPARENT, reducible: false };
    default: {
      const sharp = await loadSharp();
      return await metadataSize(sharp(bytes, { limitInputPixels: false }), format === "WebP");
    }
  }
}

function bmpSize(view: DataView): { width: number; height: number } {
  if (view.getUint32(14, true) === 12) {
    return { width: view.getUint16(18, true), height: view.getUint16(20, true) };
  }
  return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
}

async function metadataSize(image: Sharp, scales: boolean): Promise<ClaimedSize | undefined> {
  try {
    const { width, height, channels, depth, pages = 1 } = await image.metadata();
    // Besides the samples of the file, 8-bit ones of the same number and RGB.
    const deep = depth === "uchar" ? 0 : 2 * channels;
    const bytesPerPixel = channels + deep + (channels === 3 ? 0 : OPAQUE);
    return { width, height, bytesPerPixel, reducible: scales && channels === 3 && pages === 1 };
  } catch {
    return undefined; // Decoding it says what is wrong.
  }
}
