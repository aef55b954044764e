import type { SegmentationLabel } from "../network.ts";

/** The eleven classes of CamVid as SegNet groups them, with SegNet's colours. */
export const STREET_11: readonly SegmentationLabel[] = [
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
