/**
 * Pascal VOC's classes.
 *
 * @module
 */
import { classColor, type Color } from "../../core/images/palette.ts";

const NAMES = [
  "background",
  "aeroplane",
  "bicycle",
  "bird",
  "boat",
  "bottle",
  "bus",
  "car",
  "cat",
  "chair",
  "cow",
  "dining table",
  "dog",
  "horse",
  "motorbike",
  "person",
  "potted plant",
  "sheep",
  "sofa",
  "train",
  "tv monitor",
];

/** The classes of VOC's segmentation challenge, the background first, in its colours. */
export const VOC_21: readonly { readonly name: string; readonly color: Color }[] = NAMES.map((name, id) => ({
  name,
  color: classColor(id),
}));
