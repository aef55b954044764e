/** How large images are drawn, and with them what has to be decoded. */
import {
  type DecodedImage,
  fullSize,
  type ImageSize,
  resizeImage,
  type RgbImage,
} from "../../core/images/mod.ts";
import { fitInto } from "../evaluation/thumbnails.ts";
import type { Model } from "../model.ts";
import { DEFAULT_PICTURE_SIZE, type FileKind, type PipelineSettings } from "./job.ts";

/** Files in which the whole image is drawn, at a size to look at. */
const DRAWINGS: readonly FileKind[] = ["overlay", "boxes"];

/** Files with parts of the image as they are. */
const PARTS: readonly FileKind[] = ["crops", "cutouts"];

/** The size at which an image is drawn. */
export function drawingSize(
  full: ImageSize,
  { pictureSize: side = DEFAULT_PICTURE_SIZE }: Pick<PipelineSettings, "pictureSize">,
): ImageSize {
  return side === 0 ? full : fitInto(side, full);
}

/** The size at which an image is to be decoded: enough for the network and all that is drawn; `undefined` for all of it. */
export function neededSize(
  model: Pick<Model, "reducedSize">,
  full: ImageSize,
  settings: PipelineSettings,
): ImageSize | undefined {
  if (settings.exact || settings.files.some((kind) => PARTS.includes(kind))) return undefined;
  const seen = model.reducedSize(full);
  if (seen === undefined || !settings.files.some((kind) => DRAWINGS.includes(kind))) return seen;
  const drawn = drawingSize(full, settings);
  return { width: Math.max(seen.width, drawn.width), height: Math.max(seen.height, drawn.height) };
}

/** The image at the size at which it is drawn, if it is. */
export function drawingOf(image: DecodedImage, settings: PipelineSettings): RgbImage | undefined {
  if (!settings.files.some((kind) => DRAWINGS.includes(kind))) return undefined;
  const { width, height } = drawingSize(fullSize(image), settings);
  return resizeImage(image, width, height, "bilinear");
}
