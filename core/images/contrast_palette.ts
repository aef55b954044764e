/** Colours that differ strongly, for people who see all colours and for those who do not. */
import { type Color, extendPalette, type Palette } from "./palette.ts";

/**
 * Found by a search: each colour is the one of 512 that is furthest, in CIELAB, from black and from all before it, as
 * seen with full colour vision and without red, green or blue cones (Machado, Oliveira and Fernandes 2009). The first two
 * are of the palette of Okabe and Ito. So the first n always differ about as strongly as n colours can.
 */
const COLORS: Palette = [
  [0, 114, 178],
  [230, 159, 0],
  [48, 255, 224],
  [128, 0, 255],
  [255, 48, 96],
  [255, 255, 160],
  [0, 0, 128],
  [96, 48, 0],
  [192, 192, 255],
  [128, 0, 96],
  [192, 96, 255],
  [192, 128, 160],
  [192, 96, 0],
  [160, 224, 160],
  [255, 224, 0],
  [128, 0, 48],
  [128, 0, 192],
  [192, 224, 96],
  [48, 0, 48],
  [224, 0, 192],
  [192, 0, 96],
  [160, 160, 128],
  [160, 160, 255],
  [128, 96, 48],
  [48, 0, 96],
  [255, 128, 96],
  [192, 224, 255],
  [128, 0, 128],
  [96, 160, 48],
  [0, 192, 192],
  [128, 224, 128],
  [0, 48, 160],
];

/**
 * Colours of high contrast for classes, in their order; a class called `background` is black. The first eleven are apart
 * by at least 21 in CIELAB under every kind of colour vision. Beyond 32 classes colours repeat those of PASCAL VOC.
 *
 * @example
 * ```ts
 * import { contrastPalette } from "./contrast_palette.ts";
 * console.log(contrastPalette(["background", "cat"])); // [[0, 0, 0], [0, 114, 178]]
 * ```
 */
export function contrastPalette(names: readonly string[]): Palette {
  const colors = extendPalette(COLORS, names.length);
  let next = 0;
  return names.map((name): Color => name === "background" ? [0, 0, 0] : colors[next++]);
}
