/**
 * Whether the colours in label images say the same as the class list. Ids are what is scored, but a palette that gives
 * them the colours of other classes shows that one of the two was written for another numbering.
 *
 * @module
 */
import { BneckError } from "../../core/errors.ts";
import { readImageFile } from "../../core/images/image.ts";
import { labelPalette } from "../../core/images/label_png.ts";
import { classColor, type Color, type Palette } from "../../core/images/palette.ts";
import type { ClassList } from "./class_list.ts";

/** Files whose palettes are compared: a set is written by one program. */
const MAX_FILES = 10;

/**
 * What is wrong with the palettes of label images, a sentence each; nothing where there are none, and of files that cannot
 * be read, which scoring reports.
 */
export async function paletteNotes(paths: readonly string[], list: ClassList): Promise<string[]> {
  for (const path of paths.slice(0, MAX_FILES)) {
    try {
      const palette = path.toLowerCase().endsWith(".png")
        ? labelPalette(await readImageFile(path), path)
        : null;
      const problem = palette && contradiction(palette, list);
      if (problem) return [`the palette of ${path} contradicts the colours of the class list: ${problem}`];
    } catch (error) {
      if (!(error instanceof BneckError)) throw error;
    }
  }
  return [];
}

/**
 * The first id whose colour is that of another class, or, where no id has the colour of its class, the first id.
 * Grey ramps and the colours of PASCAL VOC, which programs use for lack of others, say nothing.
 */
export function contradiction(palette: Palette, { classes, ignored = [] }: ClassList): string | null {
  if (isDefault(palette)) return null;
  const colored = [...classes, ...ignored].filter(({ id, color }) =>
    color !== undefined && palette[id] !== undefined && !(isBlack(palette[id]) && !isBlack(color))
  );
  const differing = colored.filter(({ id, color }) => !isSame(palette[id], color!));
  for (const { id, name } of differing) {
    const other = colored.find(({ color }) => isSame(palette[id], color!));
    if (other) return `id ${id} has the colour of ${other.name} (${palette[id]}), and is ${name} in the list`;
  }
  if (differing.length < 2 || differing.length < colored.length) return null;
  const [{ id, name, color }] = differing;
  return `none of their colours is the same; id ${id} is ${palette[id]}, and ${name} in the list ${color}`;
}

function isDefault(palette: Palette): boolean {
  const colors = palette.map((color, id) => [color, id] as const);
  return colors.every(([color]) => color[0] === color[1] && color[1] === color[2]) ||
    colors.every(([color, id]) => isSame(color, classColor(id)));
}

function isBlack(color: Color): boolean {
  return color.every((part) => part === 0);
}

function isSame(a: Color, b: Color): boolean {
  return a.every((part, k) => part === b[k]);
}
