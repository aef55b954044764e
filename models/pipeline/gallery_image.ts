/** What a gallery shows of an image. */
import { createHash } from "node:crypto";
import { fullSize, resizeImage } from "../../core/images/mod.ts";
import { meanProbability } from "../../heads/mod.ts";
import { encodePhoto, fitInto, shrinkImage, shrinkLabels } from "../evaluation/thumbnails.ts";
import { type FileSources, overlayOf, withBoxes } from "./files.ts";
import type { GalleryImage } from "./job.ts";

/**
 * The digest of the file, unless it is a frame of a video, the certainty of what was found, and the image with class colours and boxes.
 *
 * @param side the longer side of the small image in pixels; absent, none is made
 */
export async function galleryImage(
  bytes: Uint8Array | undefined,
  sources: FileSources,
  side: number | undefined,
): Promise<GalleryImage> {
  return {
    ...(bytes && { sha256: createHash("sha256").update(bytes).digest("hex") }),
    certainty: certaintyOf(sources),
    ...(side !== undefined && { thumbnail: await thumbnail(sources, side) }),
  };
}

/** The mean probability of the classes of pixels, the lowest score of an object, the probability of the best class. */
function certaintyOf({ segment, detect, classify }: FileSources): number | null {
  const certainties = [
    ...(segment ? [meanProbability(segment.logits)] : []),
    ...(detect ? detect.detections.scores.subarray(0, detect.detections.count) : []),
    ...(classify ? [classify.best.scores[0]] : []),
  ];
  return certainties.length === 0 ? null : Math.min(...certainties);
}

/** Names and boxes are drawn on the small image, so that they can be read. */
async function thumbnail({ image, segment, detect }: FileSources, side: number): Promise<Uint8Array> {
  const { width, height } = fitInto(side, fullSize(image));
  let small = image.full ? resizeImage(image, width, height, "bilinear") : await shrinkImage(image, side);
  if (segment) small = overlayOf(small, { ...segment, labels: shrinkLabels(segment.labels, side) });
  if (detect) small = await withBoxes(small, detect, small.width / fullSize(image).width);
  return await encodePhoto(small);
}
