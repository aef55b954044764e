/** Flags of the commands that read images. */
import { DEFAULT_MAX_PIXELS } from "../../core/images/image.ts";
import { countFlagWithDefault } from "./number.ts";

/** Which images are read; and how. */
export interface ImageFlags {
  readonly maxPixels: number;
  readonly truncated: boolean;
  readonly exact: boolean;
}

/** `--max-pixels`, `--truncated`, `--exact`. */
export const IMAGE_FLAGS = {
  maxPixels: countFlagWithDefault("refuse images with more pixels than this", DEFAULT_MAX_PIXELS),
  truncated: {
    kind: "boolean",
    withNegated: false,
    brief: "read JPEG files that end too early as far as they go; what is missing is grey",
  },
  exact: {
    kind: "boolean",
    withNegated: false,
    brief:
      "decode large JPEG and WebP photos at their full size, too, before they are resized for the network",
  },
} as const;
