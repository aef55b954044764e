/** Colours for classes. */

/** Red, green and blue, 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** The colour of each class id, by index. */
export type Palette = readonly Color[];

/**
 * The colour of a class in label maps: the colormap of PASCAL VOC (`VOClabelcolormap.m` of its development kit), which
 * distributes the bits of the id over the top bits of red, green and blue in turn. Different for every id below 2^24; 0
 * is black.
 *
 * @example
 * ```ts
 * import { classColor } from "./palette.ts";
 * console.log(classColor(15)); // [192, 128, 128]: a person in VOC
 * ```
 */
export function classColor(id: number): Color {
  let [red, green, blue] = [0, 0, 0];
  for (let bit = 7; id > 0; bit--, id >>= 3) {
    red |= (id & 1) << bit;
    green |= ((id >> 1) & 1) << bit;
    blue |= ((id >> 2) & 1) << bit;
  }
  return [red, green, blue];
}

/** The colours of `count` classes: those of `palette`, then {@linkcode classColor} for the rest. */
export function extendPalette(palette: Palette, count: number): Palette {
  return Array.from({ length: count }, (_, id) => palette[id] ?? classColor(id));
}

/**
 * A bright colour for the boxes of a class, readable on photos. Hues are 98.5° apart; every nine classes, saturation and
 * lightness change. The numbers were found by a search over such rules: the first eight classes differ strongly, none is
 * dark, and all eighty of COCO are distinguishable in CIELAB.
 */
export function boxColor(classIndex: number): Color {
  const hue = (190 + classIndex * 98.5) % 360;
  const [saturation, lightness] = RINGS[Math.floor(classIndex / 9) % RINGS.length];
  const chroma = saturation * Math.min(lightness, 1 - lightness);
  const channel = (offset: number) => {
    const k = (offset + hue / 30) % 12;
    return Math.round(255 * (lightness - chroma * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

const RINGS = [[0.95, 0.55], [0.9, 0.38], [0.8, 0.74], [0.5, 0.48], [0.45, 0.64]] as const;

/** Black or white, whichever reads better on `background` (relative luminance of WCAG 2, simplified to gamma 2.2). */
export function textColor(background: Color): Color {
  const [red, green, blue] = background.map((value) => (value / 255) ** 2.2);
  // At 0.179 the contrast ratios to black and to white are equal; white text still reads well somewhat above it.
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.3 ? [0, 0, 0] : [255, 255, 255];
}
