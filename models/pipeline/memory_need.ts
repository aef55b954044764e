/** How much memory an image takes. */
import type { ClaimedSize, ImageSize } from "../../core/images/mod.ts";
import type { FileKind, PipelineSettings } from "./job.ts";

/**
 * Bytes of a pixel while a file is made: of the drawing, and of what is compressed. An overlay and boxes are counted as
 * if they had the image's own size.
 */
const FILE_BYTES: Readonly<Partial<Record<FileKind, number>>> = {
  ids: 1,
  trainids: 2,
  labelids: 2,
  scores: 2,
  mask: 2,
  color: 6,
  overlay: 4,
  boxes: 4,
  crops: 4,
  cutouts: 12,
};

/**
 * The bytes that an image takes at most: its pixels while they are decoded, one class of each, and the largest of its
 * files.
 *
 * @param needed the size at which it is decoded; absent, its own
 */
export function memoryNeed(
  { width, height, bytesPerPixel }: ClaimedSize,
  { segment, files }: PipelineSettings,
  needed?: ImageSize,
): number {
  const pixels = width * height;
  // Twice: the codec's output is resized.
  const decoded = needed
    ? needed.width * needed.height * 6 + pixels * (bytesPerPixel - 3)
    : pixels * bytesPerPixel;
  const largest = Math.max(0, ...files.map((kind) => FILE_BYTES[kind] ?? 0));
  return decoded + pixels * ((segment ? 1 : 0) + largest);
}
