/** Label maps as colours, alone and over the photo. */
import { inputError, usageError } from "../errors.ts";
import type { LabelMap, RgbImage } from "./image.ts";
import { classColor } from "./palette.ts";
import type { Palette } from "./palette.ts";

/** How {@linkcode blendOverlay} mixes. */
export interface OverlayOptions {
  /** The share of the class colour, 0 (photo only) to 1 (colour only). */
  readonly opacity: number;
  /** Class ids whose pixels keep the photo as it is. */
  readonly background?: ReadonlySet<number>;
}

/** An image `[height, width, 3]` of the class colours; ids beyond the palette get {@linkcode classColor}. */
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
 * The photo with the class colours over it: `round(photo · (1 - opacity) + colour · opacity)`, in fixed point with
 * 16 bits. `labels` must have the size of `image`; ids beyond the palette get {@linkcode classColor}.
 *
 * @throws {BneckError} The sizes differ, or the opacity is not from 0 to 1.
 */
export function blendOverlay(
  image: RgbImage,
  labels: LabelMap,
  palette: Palette,
  { opacity, background = new Set() }: OverlayOptions,
): RgbImage {
  const { width, height, data: photo } = image;
  if (labels.width !== width || labels.height !== height) {
    throw inputError(
      `a label map of ${labels.width}×${labels.height} does not fit an image of ${width}×${height}`,
    );
  }
  if (!(opacity >= 0 && opacity <= 1)) throw usageError(`opacity must be from 0 to 1, not ${opacity}`);

  const weight = Math.round(opacity * 65536);
  const added = Int32Array.from(colorTable(labels, palette), (value) => value * weight + 32768);
  const kept = new Int32Array(added.length / 3).fill(65536 - weight);
  for (const id of background) {
    if (id >= kept.length) continue;
    kept[id] = 65536;
    added.fill(0, id * 3, id * 3 + 3);
  }

  const ids = labels.data;
  const data = new Uint8Array(photo.length);
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
    data[out] = (photo[out] * share + red) >> 16;
    data[out + 1] = (photo[out + 1] * share + green) >> 16;
    data[out + 2] = (photo[out + 2] * share + blue) >> 16;
  }
  return { width, height, data };
}

/** `[ids, 3]` colours of every id that the label map's type can hold. */
function colorTable(labels: LabelMap, palette: Palette): Uint8Array {
  const count = labels.data instanceof Uint8Array ? 256 : 65536;
  const table = new Uint8Array(count * 3);
  for (let id = 0; id < count; id++) table.set(palette[id] ?? classColor(id), id * 3);
  return table;
}
