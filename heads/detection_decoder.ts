/** Decoders without the networks that their heads build. */
import { decodeCenterNet } from "./center_net.ts";
import { type Classification, type ClassificationSettings, decodeClassifier } from "./classifier.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { Decoder } from "./head.ts";
import { type LabelLogits, readLabelLogits } from "./label_logits.ts";
import type { AnchorReading } from "./reading.ts";
import { ssdDecoder } from "./ssd_lite.ts";

/** Reads a classifier's outputs. */
export const CLASSIFICATION_DECODER: Decoder<ClassificationSettings, Classification> = {
  reading: { kind: "classes" },
  decode: (outputs, _view, settings) => decodeClassifier(outputs, settings),
};

/** Reads a segmentation head's outputs. */
export const SEGMENTATION_DECODER: Decoder<Record<never, never>, LabelLogits> = {
  reading: { kind: "labels" },
  decode: ({ logits }, view) => readLabelLogits(logits, view),
};

/** Reads a detector's outputs. */
export function detectionDecoder(
  reading: AnchorReading | { readonly kind: "peaks" },
): Decoder<DetectionSettings, Detections> {
  return reading.kind === "peaks" ? { reading, decode: decodeCenterNet } : ssdDecoder(reading);
}
