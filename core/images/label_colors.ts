/**
 * Ids of label maps that are saved as colour images: three equal channels, or the colours of classes.
 *
 * @module
 */
import { cannotRead, type LabelMap } from "./image.ts";
import type { Color } from "./palette.ts";

/** What the colours of colour-coded label maps mean. */
export interface LabelColors {
  /** Id by `red << 16 | green << 8 | blue`; {@linkcode SEVERAL_IDS} where classes share a colour. */
  readonly idOf: ReadonlyMap<number, number>;
  /** Whether a value can be an id, where all channels of a pixel are equal. */
  readonly isId: (value: number) => boolean;
}

/** The id of a colour that several classes have. */
const SEVERAL_IDS = -1;

/** The pixels of an image file: `[height, width, channels]`. */
export interface Samples {
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  readonly channels: number;
  readonly data: Uint8Array | Uint16Array;
  /** Whether the file had a palette in place of which there are its colours. */
  readonly paletted: boolean;
}

/** {@linkcode LabelColors} of classes with colours. */
export function labelColors(
  classes: Iterable<{ readonly id: number; readonly color?: Color }>,
  isId: (value: number) => boolean,
): LabelColors {
  const idOf = new Map<number, number>();
  for (const { id, color } of classes) {
    if (color === undefined) continue;
    const key = color[0] << 16 | color[1] << 8 | color[2];
    idOf.set(key, (idOf.get(key) ?? id) === id ? id : SEVERAL_IDS);
  }
  return { idOf, isId };
}

/**
 * The ids of an image of any number of channels.
 *
 * Where the channels of all pixels are equal, their values are the ids if all can be ids, or else colours; if they can be
 * both and mean different ids, the file is refused.
 *
 * @throws {BneckError} Pixels are transparent, or colours belong to no class or several.
 */
export function idsOfColors(samples: Samples, name: string, colors?: LabelColors): LabelMap {
  const { width, height, channels, data, paletted } = samples;
  if (channels % 2 === 0) refuseTransparent(samples, name);
  const first = firstChannel(samples);
  const map = { width, height, data: first };
  if (channels <= 2 && !paletted) return map;
  const grey = channels <= 2 || isGrey(data, channels);
  const known = colors !== undefined && colors.idOf.size > 0;
  if (!known) {
    if (grey && !paletted) return map;
    throw cannotRead(
      name,
      "it is a colour image, not a label map, and there are no colours of classes to read it by; give the classes " +
        "their colours, or save one id per pixel as an indexed or greyscale PNG",
    );
  }
  if (data instanceof Uint16Array) {
    if (grey) return map;
    throw cannotRead(
      name,
      "colours of 16 bits cannot be compared with those of classes; save it with 8 bits",
    );
  }
  const { ids, unknown } = byColor(data, channels, colors.idOf);
  if (!grey || paletted) {
    if (unknown.size > 0) throw unknownColors(name, unknown);
    return { width, height, data: ids };
  }
  const values = new Set(first);
  if (![...values].every(colors.isId)) return unknown.size === 0 ? { width, height, data: ids } : map;
  if (unknown.size > 0 || ids.every((id, i) => id === first[i])) return map;
  throw cannotRead(
    name,
    `its grey values (${
      [...values].sort((a, b) => a - b).slice(0, 5).join(", ")
    }) can be ids as well as colours of ` +
      "classes; save it as an indexed or greyscale PNG",
  );
}

function refuseTransparent({ data, channels }: Samples, name: string): void {
  const opaque = data instanceof Uint16Array ? 0xffff : 0xff;
  let transparent = 0;
  for (let at = channels - 1; at < data.length; at += channels) if (data[at] !== opaque) transparent++;
  if (transparent === 0) return;
  throw cannotRead(
    name,
    `${transparent} of its pixels are transparent, which is not a label; save it without an alpha channel`,
  );
}

function firstChannel({ data, channels, width, height }: Samples): Uint8Array | Uint16Array {
  if (channels === 1) return data;
  const first = data instanceof Uint16Array
    ? new Uint16Array(width * height)
    : new Uint8Array(width * height);
  for (let i = 0, at = 0; i < first.length; i++, at += channels) first[i] = data[at];
  return first;
}

function isGrey(data: Uint8Array | Uint16Array, channels: number): boolean {
  for (let at = 0; at < data.length; at += channels) {
    if (data[at] !== data[at + 1] || data[at] !== data[at + 2]) return false;
  }
  return true;
}

/** The ids of all pixels, and the pixels of colours that have none, by colour. */
function byColor(
  data: Uint8Array,
  channels: number,
  idOf: ReadonlyMap<number, number>,
): { ids: Uint8Array | Uint16Array; unknown: ReadonlyMap<number, number> } {
  const wide = [...idOf.values()].some((id) => id > 255);
  const ids = new (wide ? Uint16Array : Uint8Array)(data.length / channels);
  const unknown = new Map<number, number>();
  const [green, blue] = channels <= 2 ? [0, 0] : [1, 2];
  let last = -1;
  let id = SEVERAL_IDS;
  for (let i = 0, at = 0; i < ids.length; i++, at += channels) {
    const color = data[at] << 16 | data[at + green] << 8 | data[at + blue];
    if (color !== last) {
      last = color;
      id = idOf.get(color) ?? SEVERAL_IDS;
    }
    if (id === SEVERAL_IDS) unknown.set(color, (unknown.get(color) ?? 0) + 1);
    else ids[i] = id;
  }
  return { ids, unknown };
}

function unknownColors(name: string, pixelsOf: ReadonlyMap<number, number>): Error {
  const colors = [...pixelsOf].sort((a, b) => b[1] - a[1]);
  const shown = colors.slice(0, 5).map(([color, pixels]) =>
    `${color >> 16},${color >> 8 & 255},${color & 255} (${pixels} ${pixels === 1 ? "pixel" : "pixels"})`
  );
  const more = colors.length > 5 ? ` and ${colors.length - 5} more` : "";
  return cannotRead(
    name,
    `it is a colour image, and ${
      colors.length === 1 ? "a colour of it is" : "colours of it are"
    } not the colour of ` +
      `exactly one class: ${shown.join(", ")}${more}; add these to the classes, or save one id per pixel`,
  );
}
