/** How the outputs of heads are read, as plain data: an exported file carries it, and is read by it again. */
import type { AnchorSet } from "./anchors.ts";

/** The reading of one head's outputs. */
export type OutputSpec =
  /** `logits` `[1, K]`: one class for the image. */
  | { readonly kind: "classes" }
  /** `logits` `[1, K, h, w]`: a class for every pixel. */
  | { readonly kind: "labels" }
  /** `heatmap` and `distances`: objects as peaks, see `decodeCenterNet`. */
  | { readonly kind: "peaks" }
  | AnchorSpec;

/** `scores` `[1, A, K + 1]` and `boxes` `[1, A, 4]`: objects near anchors, see `decodeSsd`. */
export interface AnchorSpec {
  readonly kind: "anchors";
  readonly anchors: AnchorSet;
  /** The most boxes of one class that enter suppression. */
  readonly candidates: number;
  /** The IoU from which boxes are suppressed, unless the settings say otherwise. */
  readonly iou: number;
}
