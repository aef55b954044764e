/** One colour for a class, be it of objects or of pixels. */
import { boxColor, type Palette } from "../../core/images/palette.ts";
import type { ModelLabels } from "../entry.ts";
import { pixelClasses } from "./object_masks.ts";

/**
 * The colours of the boxes of each class of objects: those of the pixels of the same class where the model has such a
 * class, else {@linkcode boxColor}.
 *
 * @param palette the colours of the classes of pixels, where they are not the model's
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { boxColors } from "./class_colors.ts";
 * const detect = [{ name: "person", categoryId: 1 }, { name: "kite", categoryId: 38 }];
 * const segment = [{ name: "person", color: [192, 128, 128] }] as const;
 * assert.deepEqual(boxColors({ detect, segment })[0], [192, 128, 128]);
 * ```
 */
export function boxColors({ detect = [], segment = [] }: ModelLabels, palette?: Palette): Palette {
  const classes = pixelClasses(detect, segment);
  return detect.map((_, index) => {
    const id = classes[index];
    return id < 0 ? boxColor(index) : palette?.[id] ?? segment[id].color;
  });
}
