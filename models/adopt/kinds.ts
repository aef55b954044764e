/** The kinds of a detector's outputs that can be asked for, as their specs call them. */
export const DETECTION_KINDS = [
  "yolo-v5",
  "yolo-v8",
  "final-rows",
  "final-columns",
  "scored-boxes",
  "detr",
  "detr-rows",
] as const;
