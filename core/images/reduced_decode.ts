/** Decoding an image at a smaller size, where the codec does so in less time. */
import type { Sharp } from "sharp";
import type { ImageFormat } from "./formats/file_format.ts";
import type { DecodeOptions, ImageSize } from "./image.ts";

/** How many times larger the image must be: sharp decodes JPEG at half its size only if another third remains to be reduced. */
const MIN_FACTOR = 3;

/** Whether an image of the size `full` is decoded at the size `wanted`, where its codec can do that. */
export function isReduced(full: ImageSize, wanted: ImageSize | undefined): wanted is ImageSize {
  return wanted !== undefined &&
    Math.min(full.width / wanted.width, full.height / wanted.height) >= MIN_FACTOR;
}

/**
 * The pipeline with its last size, if the image is to be decoded at the one that `reduce` wants: JPEG by the smallest of ½, ¼
 * and ⅛ of its transform (libjpeg's `scale_denom`) that is larger, WebP at any scale. What remains is resized with Keys' cubic;
 * sides that no such fraction divides are off by less than a pixel of the fraction.
 *
 * @param upright the size of the image, where that is known without asking the codec
 */
export async function reducedDecode(
  pipeline: Sharp,
  format: ImageFormat,
  reduce: NonNullable<DecodeOptions["reduce"]>,
  upright?: ImageSize,
): Promise<{ pipeline: Sharp; full: ImageSize } | undefined> {
  if (format !== "JPEG" && format !== "WebP") return undefined;
  const full = upright ?? await opaqueSize(pipeline);
  const wanted = full && reduce(full);
  if (!full || !isReduced(full, wanted)) return undefined;
  return {
    pipeline: pipeline.resize(wanted.width, wanted.height, { fit: "fill", kernel: "cubic" }),
    full,
  };
}

/** The size of a single image without transparency, upright. */
async function opaqueSize(pipeline: Sharp): Promise<ImageSize | undefined> {
  const { autoOrient: { width, height }, hasAlpha, pages = 1 } = await pipeline.metadata();
  return hasAlpha || pages > 1 ? undefined : { width, height };
}
