/** A detector's decoder without the network that its head builds. */
import { decodeCenterNet } from "./center_net.ts";
import type { Detections, DetectionSettings } from "./detections.ts";
import type { Decoder } from "./head.ts";
import type { AnchorSpec } from "./output_spec.ts";
import { ssdDecoder } from "./ssd_lite.ts";

/** Reads a detector's outputs. */
export function detectionDecoder(
  spec: AnchorSpec | { readonly kind: "peaks" },
): Decoder<DetectionSettings, Detections> {
  return spec.kind === "peaks" ? { spec, decode: decodeCenterNet } : ssdDecoder(spec);
}
