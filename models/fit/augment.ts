/** Random variants of a photo and its labels, which a network learns from as if they were more photos. */
import { type LabelMap, resizeImage, type RgbImage } from "../../core/images/mod.ts";
import type { Extent } from "../../core/graph/mod.ts";

/** How far variants differ from their photo. */
export interface Augmentation {
  /** The size of a sample, `[height, width]`. */
  readonly crop: Extent;
  /** The shorter side of an unscaled photo. */
  readonly shorter: number;
  /** The lowest and highest factor of both sides. */
  readonly scale: readonly [number, number];
  /** The logarithm of the aspect changes by up to this. */
  readonly aspect: number;
  /** Shares by which brightness, contrast and colour change at most. */
  readonly brightness: number;
  readonly contrast: number;
  readonly color: number;
}

/** A photo with its labels; without labels, with none. */
export interface Sample {
  readonly image: RgbImage;
  readonly labels?: LabelMap;
}

/** The label of what lies outside the photo. */
export const OUTSIDE = 255;

/**
 * One variant: the first two are the middle of the photo as it is and mirrored, the others are scaled, stretched,
 * cropped, mirrored and recoloured at random.
 *
 * @param random uniform in [0, 1).
 */
export function augment(
  { image, labels }: Sample,
  variant: number,
  settings: Augmentation,
  random: () => number,
): Sample {
  const { crop: [height, width], shorter, scale: [lowest, highest], aspect } = settings;
  const plain = variant < 2;
  const within = (low: number, high: number) => low + (high - low) * random();
  const fit = shorter / Math.min(image.width, image.height);
  const factor = plain ? 1 : Math.exp(within(Math.log(lowest), Math.log(highest)));
  const stretch = plain ? 1 : Math.exp(within(-aspect, aspect));
  const w = Math.max(1, Math.round(image.width * fit * factor * stretch));
  const h = Math.max(1, Math.round(image.height * fit * factor / stretch));
  const resized = resizeImage(image, w, h, "bilinear");
  const gains = plain ? undefined : [settings.brightness, settings.contrast, settings.color]
    .map((amount) => within(1 - amount, 1 + amount));
  const colored = gains ? recolor(resized, gains[0], gains[1], gains[2]) : resized;
  const place = (length: number, target: number) =>
    plain
      ? Math.floor((length - target) / 2)
      : Math.floor(within(0, 1) * (length - target + (length < target ? -1 : 1)));
  const [left, top] = [place(w, width), place(h, height)];
  const mirrored = plain ? variant === 1 : random() < 0.5;
  return {
    image: cropReflected(colored, left, top, width, height, mirrored),
    labels: labels && cropLabels(labels, w, h, left, top, width, height, mirrored),
  };
}

/**
 * Brightness, contrast and colour of every pixel, as Pillow's `ImageEnhance` changes them in this order: the first
 * mixes with black, the second with the mean grey, the third with the pixel's own grey.
 */
export function recolor(image: RgbImage, brightness: number, contrast: number, color: number): RgbImage {
  const { width, height, data } = image;
  const result = new Uint8Array(data.length);
  let sum = 0;
  for (let i = 0; i < data.length; i++) result[i] = clipped(data[i] * brightness);
  for (let i = 0; i < data.length; i += 3) sum += grey(result[i], result[i + 1], result[i + 2]);
  const mean = Math.floor(sum / (width * height) + 0.5);
  for (let i = 0; i < data.length; i++) result[i] = clipped(mean + (result[i] - mean) * contrast);
  for (let i = 0; i < data.length; i += 3) {
    const own = grey(result[i], result[i + 1], result[i + 2]);
    for (let c = 0; c < 3; c++) result[i + c] = clipped(own + (result[i + c] - own) * color);
  }
  return { width, height, data: result };
}

/** Pillow's conversion to `L`: ITU-R 601-2 luma. */
function grey(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/** Pillow cuts fractions off. */
function clipped(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value | 0;
}

/** Part of an image; beyond its edges it is mirrored. */
function cropReflected(
  { width, height, data }: RgbImage,
  left: number,
  top: number,
  w: number,
  h: number,
  mirrored: boolean,
): RgbImage {
  const result = new Uint8Array(w * h * 3);
  const columns = Int32Array.from(
    { length: w },
    (_, x) => 3 * reflected(left + (mirrored ? w - 1 - x : x), width),
  );
  for (let y = 0, to = 0; y < h; y++) {
    const row = reflected(top + y, height) * width * 3;
    for (let x = 0; x < w; x++, to += 3) {
      const from = row + columns[x];
      result[to] = data[from];
      result[to + 1] = data[from + 1];
      result[to + 2] = data[from + 2];
    }
  }
  return { width: w, height: h, data: result };
}

/** 2, 1, 0, 1, 2, … at the edges. */
function reflected(place: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const at = ((place % period) + period) % period;
  return at < length ? at : period - at;
}

/** The same part of the labels, enlarged to `fullWidth` × `fullHeight`: each pixel has the label at its centre. */
function cropLabels(
  { width, height, data }: LabelMap,
  fullWidth: number,
  fullHeight: number,
  left: number,
  top: number,
  w: number,
  h: number,
  mirrored: boolean,
): LabelMap {
  const result = new Uint8Array(w * h).fill(OUTSIDE);
  for (let y = 0; y < h; y++) {
    if (top + y < 0 || top + y >= fullHeight) continue;
    const row = Math.floor((top + y + 0.5) * height / fullHeight) * width;
    for (let x = 0; x < w; x++) {
      const at = left + (mirrored ? w - 1 - x : x);
      if (at < 0 || at >= fullWidth) continue;
      result[y * w + x] = data[row + Math.floor((at + 0.5) * width / fullWidth)];
    }
  }
  return { width: w, height: h, data: result };
}
