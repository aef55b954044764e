/** A detector's decoder without the network that its head builds. */
import { decodeCenterNet } from "./center_net.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { Decoder } from "./head.ts";
import type { AnchorReading } from "./reading.ts";
import { ssdDecoder } from "./ssd_lite.ts";

/** Reads a detector's outputs. */
export function detectionDecoder(
  reading: AnchorReading | { readonly kind: "peaks" },
): Decoder<DetectionSettings, Detections> {
  return reading.kind === "peaks" ? { reading, decode: decodeCenterNet } : ssdDecoder(reading);
}
