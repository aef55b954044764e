/** Label maps as colours, alone and over the image. */
import { inputError, usageError } from "../errors.ts";
import type { LabelMap, PlacedMask, RgbImage } from "./image.ts";
import { classColor, type Color, type Palette } from "./palette.ts";

/** How {@linkcode blendOverlay} mixes. */
export interface OverlayOptions {
  /** The share of the class colour, from 0 (image only) to 1 (colour only). */
  readonly opacity: number;
  /** Class ids whose pixels keep the image as it is. @default {none} */
  readonly background?: ReadonlySet<number>;
}

/** The class colours of a label map, `[height, width, 3]`; ids beyond the palette get {@linkcode classColor}. */
export function colorize(labels: LabelMap, palette: Palette): RgbImage {
  const { width, height, data: ids } = labels;
  const colors = colorTable(labels, palette);
  const data = new Uint8Array(width * height * 3);
  for (let i = 0, out = 0; i < ids.length; i++) {
    const entry = ids[i] * 3;
    data[out++] = colors[entry];
    data[out++] = colors[entry + 1];
    data[out++] = colors[entry + 2];
  }
  return { width, height, data };
}

/**
 * The image with the class colours over it: `round(image · (1 - opacity) + colour · opacity)` in 16-bit fixed point.
 * `labels` must have the size of `image`; ids beyond the palette get {@linkcode classColor}.
 *
 * @throws {BneckError} if the sizes differ (input), or the opacity is not between 0 and 1 (usage)
 */
export function blendOverlay(
  image: RgbImage,
  labels: LabelMap,
  palette: Palette,
  { opacity, background = new Set() }: OverlayOptions,
): RgbImage {
  const { width, height, data: pixels } = image;
  if (labels.width !== width || labels.height !== height) {
    throw inputError(
      `the label map has ${labels.width}×${labels.height} pixels, the image ${width}×${height}`,
    );
  }
  if (!(opacity >= 0 && opacity <= 1)) throw usageError(`opacity must be between 0 and 1, not ${opacity}`);

  const weight = Math.round(opacity * 65536);
  const added = Int32Array.from(colorTable(labels, palette), (value) => value * weight + 32768);
  const kept = new Int32Array(added.length / 3).fill(65536 - weight);
  for (const id of background) {
    if (id >= kept.length) continue;
    kept[id] = 65536;
    added.fill(0, id * 3, id * 3 + 3);
  }

  const ids = labels.data;
  const data = new Uint8Array(pixels.length);
  let [id, share, red, green, blue] = [-1, 0, 0, 0, 0];
  for (let i = 0, out = 0; i < ids.length; i++, out += 3) {
    // Neighbours mostly share a class.
    if (ids[i] !== id) {
      id = ids[i];
      share = kept[id];
      red = added[id * 3];
      green = added[id * 3 + 1];
      blue = added[id * 3 + 2];
    }
    data[out] = (pixels[out] * share + red) >> 16;
    data[out + 1] = (pixels[out + 1] * share + green) >> 16;
    data[out + 2] = (pixels[out + 2] * share + blue) >> 16;
  }
  return { width, height, data };
}

/** Mixes a colour into the pixels of an image, in place, that a mask inside it sets. @param opacity 0…1 */
export function paintMask(
  image: RgbImage,
  { x, y, width, height, data: mask }: PlacedMask,
  [red, green, blue]: Color,
  opacity: number,
): void {
  const { data } = image;
  const mix = (at: number, value: number) => {
    data[at] = Math.round(data[at] + (value - data[at]) * opacity);
  };
  for (let row = 0, from = 0; row < height; row++) {
    let to = ((y + row) * image.width + x) * 3;
    for (let column = 0; column < width; column++, from++, to += 3) {
      if (mask[from] === 0) continue;
      mix(to, red);
      mix(to + 1, green);
      mix(to + 2, blue);
    }
  }
}

/** `[ids, 3]`: the colour of every id that the label map's type can hold. */
function colorTable(labels: LabelMap, palette: Palette): Uint8Array {
  const count = labels.data instanceof Uint8Array ? 256 : 65536;
  const table = new Uint8Array(count * 3);
  for (let id = 0; id < count; id++) table.set(palette[id] ?? classColor(id), id * 3);
  return table;
}
