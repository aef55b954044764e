/** Decoding an image at a smaller size, where the codec does so in less time. */
import type { Sharp } from "sharp";
import type { ImageFormat } from "./file_format.ts";
import type { DecodeOptions, ImageSize } from "./image.ts";

/** How many times smaller the wanted size must be: with less, codecs decode everything. */
const MIN_FACTOR = 2;

/** Sharp's kernels by the names of the filters. */
const KERNELS = { bilinear: "linear", bicubic: "cubic" } as const;

/**
 * The pipeline with its last size, if the image can be decoded at the one that `reduce` wants: JPEG by the largest of ½, ¼
 * and ⅛ of its transform that leaves at least that size (`jpeg_read_header`'s scale of libjpeg), WebP at any scale. The rest
 * of the way is an ordinary resize.
 */
export async function reducedDecode(
  pipeline: Sharp,
  format: ImageFormat,
  reduce: NonNullable<DecodeOptions["reduce"]>,
): Promise<{ pipeline: Sharp; full: ImageSize } | undefined> {
  if (format !== "JPEG" && format !== "WebP") return undefined;
  const { autoOrient: full, hasAlpha, pages = 1 } = await pipeline.metadata();
  if (hasAlpha || pages > 1) return undefined;
  const wanted = reduce({ width: full.width, height: full.height });
  if (wanted === undefined) return undefined;
  const { width, height, filter = "bilinear" } = wanted;
  if (full.width < MIN_FACTOR * width || full.height < MIN_FACTOR * height) return undefined;
  return {
    pipeline: pipeline.resize(width, height, {
      fit: "fill",
      kernel: KERNELS[filter],
      fastShrinkOnLoad: true,
    }),
    full: { width: full.width, height: full.height },
  };
}
