/** A photo of CamVid, 480 × 360, that comes with the street decoder, and what is known of it. */
import { ROOT } from "./shared.ts";

const PARITY = `${ROOT}models/weights/street-lraspp/tuned/parity`;

export const STREET_PHOTO = `${PARITY}/image.png`;

/** Its ground truth: classes 0 to 10, 11 where there is none. */
export const STREET_TRUTH = `${PARITY}/truth.png`;

/** What the decoder makes of it, as PyTorch computed it. */
export const STREET_MASK = `${PARITY}/mask.png`;
