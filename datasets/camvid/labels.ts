/**
 * CamVid's classes.
 *
 * @module
 */
import type { Color } from "../../core/images/palette.ts";

/** The eleven classes that SegNet groups CamVid's into, in SegNet's colours. */
export const CAMVID_11: readonly { readonly name: string; readonly color: Color }[] = [
  { name: "sky", color: [128, 128, 128] },
  { name: "building", color: [128, 0, 0] },
  { name: "pole", color: [192, 192, 128] },
  { name: "road", color: [128, 64, 128] },
  { name: "pavement", color: [60, 40, 222] },
  { name: "tree", color: [128, 128, 0] },
  { name: "sign_symbol", color: [192, 128, 128] },
  { name: "fence", color: [64, 64, 128] },
  { name: "car", color: [64, 0, 128] },
  { name: "pedestrian", color: [64, 64, 0] },
  { name: "bicyclist", color: [0, 128, 192] },
];
