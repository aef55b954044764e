/** Flags of the commands that read images. */
import { DEFAULT_MAX_PIXELS } from "../../core/images/image.ts";
import { countFlagWithDefault } from "./number.ts";

/** Which images are read; the options of `decodeImage`. */
export interface ImageFlags {
  readonly maxPixels: number;
  readonly truncated: boolean;
}

/** `--max-pixels`, `--truncated`. */
export const IMAGE_FLAGS = {
  maxPixels: countFlagWithDefault("refuse images with more pixels than this", DEFAULT_MAX_PIXELS),
  truncated: {
    kind: "boolean",
    withNegated: false,
    brief: "read JPEG files that end too early as far as they go; what is missing is grey",
  },
} as const;
