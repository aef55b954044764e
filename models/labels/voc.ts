import type { Color } from "../../core/images/mod.ts";
import type { SegmentationLabel } from "../network.ts";

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

/** Pascal VOC's classes with the background, in its colours. */
export const VOC_21: readonly SegmentationLabel[] = NAMES.map((name, id) => ({ name, color: vocColor(id) }));

/**
 * Pascal VOC's colour of a class, which tells 256 classes apart: the bits of its number, three at a time, are the
 * highest bits of red, green and blue, then the next ones.
 */
export function vocColor(id: number): Color {
  const color: [number, number, number] = [0, 0, 0];
  for (let bit = 0; bit < 8; bit++) {
    for (let channel = 0; channel < 3; channel++) {
      color[channel] |= ((id >> (3 * bit + channel)) & 1) << (7 - bit);
    }
  }
  return color;
}
