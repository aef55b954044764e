/** Masks as a data set has them, as classes from 0. */
import { inputError } from "../../core/errors.ts";
import { type LabelMap, readLabelMap } from "../../core/images/mod.ts";
import { drawLabels, type DrawnLabels } from "../../datasets/labelling/labelled_image.ts";
import type { ClassList } from "../../datasets/segmentation/mod.ts";

/** Where the mask of an image comes from. */
export interface MaskSource {
  /** Its file; of labels that are drawn, what messages call it. */
  readonly truth: string | number;
  readonly drawn?: DrawnLabels;
}

/**
 * The mask of an image: a label map, or one that is drawn.
 *
 * @throws {BneckError} when it cannot be read.
 */
export async function readMask({ truth, drawn }: MaskSource): Promise<LabelMap> {
  return drawn ? drawLabels(drawn, String(truth)) : await readLabelMap(String(truth));
}

/** The class of pixels that are not learned from. */
export const IGNORED = 255;

/** In {@linkcode classTable}: a pixel value that may not occur. */
const UNKNOWN = 254;

/** More classes do not fit into a byte beside what is ignored. */
export const MAX_FIT_CLASSES = 254;

/** The class of every pixel value up to 255: its place in the list, or {@linkcode IGNORED}. */
export function classTable({ classes, ignore }: ClassList): Uint8Array {
  const table = new Uint8Array(256).fill(UNKNOWN);
  classes.forEach(({ id }, place) => table[id] = place);
  for (const id of ignore) if (id < 256) table[id] = IGNORED;
  return table;
}

/**
 * A mask's pixels as classes.
 *
 * @param image that the mask is of
 * @throws {BneckError} when it does not have the size of its image, or a pixel's value is neither a class's nor ignored.
 */
export function classesOfMask(
  { width, height, data }: LabelMap,
  table: Uint8Array,
  path: string,
  image: { readonly width: number; readonly height: number },
): LabelMap {
  if (width !== image.width || height !== image.height) {
    throw inputError(
      `${path} is ${width}×${height}, its image ${image.width}×${image.height}: a mask must have the size of its image`,
    );
  }
  const classes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    const found = value < 256 ? table[value] : UNKNOWN;
    if (found === UNKNOWN) {
      throw inputError(
        `${path} has the value ${value} at column ${i % width}, row ${
          Math.floor(i / width)
        }, which is neither a class ` +
          "of the class list nor ignored",
      );
    }
    classes[i] = found;
  }
  return { width, height, data: classes };
}
