/** Small pictures and files made in memory for the tests of this folder. */
import { crc32 } from "node:zlib";
import sharp from "sharp";
import type { RgbImage } from "../../../core/images/image.ts";

/** A picture with a different smooth value at every place, so that any turn, flip or shift shows. */
export function gradient(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[at++] = Math.round(255 * x / Math.max(1, width - 1));
      data[at++] = Math.round(255 * y / Math.max(1, height - 1));
      data[at++] = Math.round(127 * x / width + 127 * y / height);
    }
  }
  return { width, height, data };
}

/** Interleaved samples as sharp takes them. */
export function raw(data: Uint8Array | Uint16Array, width: number, height: number, channels: 1 | 2 | 3 | 4) {
  return sharp(data, { raw: { width, height, channels } });
}

export async function jpegOf({ width, height, data }: RgbImage): Promise<Uint8Array> {
  return new Uint8Array(
    await raw(data, width, height, 3).jpeg({ quality: 98, chromaSubsampling: "4:4:4" }).toBuffer(),
  );
}

export async function pngOf({ width, height, data }: RgbImage): Promise<Uint8Array> {
  return new Uint8Array(await raw(data, width, height, 3).png().toBuffer());
}

/** The JPEG with an EXIF segment that holds the orientation and nothing else. */
export function withOrientation(jpeg: Uint8Array, orientation: number): Uint8Array {
  const tiff = [
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    0x01,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    orientation,
    0,
    0,
    0,
    0,
    0,
    0,
  ];
  const payload = [...new TextEncoder().encode("Exif\0\0"), ...tiff];
  const segment = [0xff, 0xe1, 0, payload.length + 2, ...payload];
  return Uint8Array.of(...jpeg.subarray(0, 2), ...segment, ...jpeg.subarray(2));
}

/** How a stored picture looks once the given EXIF orientation is honoured, from the definition of the tag. */
export function upright({ width, height, data }: RgbImage, orientation: number): RgbImage {
  const turned = orientation >= 5;
  const [w, h] = turned ? [height, width] : [width, height];
  const out = new Uint8Array(data.length);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [sx, sy] = [
        [x, y],
        [width - 1 - x, y],
        [width - 1 - x, height - 1 - y],
        [x, height - 1 - y],
        [y, x],
        [y, height - 1 - x],
        [width - 1 - y, height - 1 - x],
        [width - 1 - y, x],
      ][orientation - 1];
      for (let channel = 0; channel < 3; channel++) {
        out[(y * w + x) * 3 + channel] = data[(sy * width + sx) * 3 + channel];
      }
    }
  }
  return { width: w, height: h, data: out };
}

/** The largest difference of a sample. */
export function largestDifference(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

/** `value` laid over white, by the definition of alpha. */
export function overWhite(value: number, alpha: number): number {
  return Math.round((value * alpha + 255 * (255 - alpha)) / 255);
}

/** The PNG with another size in its header, the checksum mended. */
export function withPngSize(png: Uint8Array, width: number, height: number): Uint8Array {
  const copy = png.slice();
  const view = new DataView(copy.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  view.setUint32(29, crc32(copy.subarray(12, 29)));
  return copy;
}

/** A chunk of a PNG with its length and checksum. */
export function pngChunk(type: string, data: readonly number[]): Uint8Array {
  const chunk = new Uint8Array(12 + data.length);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) chunk[4 + i] = type.charCodeAt(i);
  chunk.set(data, 8);
  view.setUint32(8 + data.length, crc32(chunk.subarray(4, 8 + data.length)));
  return chunk;
}
