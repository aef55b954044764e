/** Decoded samples, and the way from them to RGB. */
import type { RgbImage } from "./image.ts";

/** 8-bit pixels, rows from top to bottom: `[height, width, channels]`, RGB or RGB with alpha. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
}

/**
 * Blends pixels that have an alpha channel with white. Many writers declare an alpha channel and leave it zero, so where
 * it is zero everywhere the colours stand as they are, and `transparent` says so.
 */
export function overWhite(
  { width, height, channels, data }: Pixels,
): { image: RgbImage; transparent: boolean } {
  if (channels === 3) return { image: { width, height, data }, transparent: false };
  const rgb = new Uint8Array(width * height * 3);
  let anyAlpha = 0;
  for (let from = 0, to = 0; from < data.length; from += 4) {
    const alpha = data[from + 3];
    const white = 255 * (255 - alpha);
    anyAlpha |= alpha;
    rgb[to++] = divideBy255(data[from] * alpha + white);
    rgb[to++] = divideBy255(data[from + 1] * alpha + white);
    rgb[to++] = divideBy255(data[from + 2] * alpha + white);
  }
  const transparent = anyAlpha === 0;
  return { image: { width, height, data: transparent ? firstThree(data, 4) : rgb }, transparent };
}

/** RGB as Pillow converts it: `(255 - ink) · (255 - black) / 255`, rounded. */
export function cmykToRgb(cmyk: Uint8Array, channels: number): Uint8Array {
  const count = cmyk.length / channels;
  const rgb = new Uint8Array(count * 3);
  for (let i = 0, from = 0, to = 0; i < count; i++, from += channels) {
    const light = 255 - cmyk[from + 3];
    for (let ink = 0; ink < 3; ink++) rgb[to++] = divideBy255((255 - cmyk[from + ink]) * light);
  }
  return rgb;
}

/** Red, green and blue of pixels with more samples. */
export function firstThree(data: Uint8Array, channels: number): Uint8Array {
  const rgb = new Uint8Array(data.length / channels * 3);
  for (let from = 0, to = 0; to < rgb.length; from += channels) {
    rgb[to++] = data[from];
    rgb[to++] = data[from + 1];
    rgb[to++] = data[from + 2];
  }
  return rgb;
}

/** RGB and, as alpha, the sample at the place `at` of pixels with `channels` samples. */
export function addAlpha(rgb: Uint8Array, data: Uint8Array, channels: number, at: number): Uint8Array {
  const rgba = new Uint8Array(rgb.length / 3 * 4);
  for (let from = 0, sample = at, to = 0; from < rgb.length; sample += channels) {
    rgba[to++] = rgb[from++];
    rgba[to++] = rgb[from++];
    rgba[to++] = rgb[from++];
    rgba[to++] = data[sample];
  }
  return rgba;
}

/** `round(value / 255)` for 0 to 255². */
function divideBy255(value: number): number {
  return (value + 128 + ((value + 128) >> 8)) >> 8;
}

/** The bytes in their own `ArrayBuffer`: a small Node buffer may be part of a shared pool. */
export function owned(buffer: Uint8Array): Uint8Array {
  const whole = buffer.byteOffset === 0 && buffer.byteLength === buffer.buffer.byteLength;
  return whole ? new Uint8Array(buffer.buffer) : new Uint8Array(buffer);
}
