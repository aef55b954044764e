/**
 * Small images of images, as reports show them.
 *
 * @module
 */
import {
  colorize,
  encodeLabelPng,
  encodeRgbImage,
  type LabelMap,
  type Palette,
  type RgbImage,
} from "../../core/images/mod.ts";
import { loadSharp } from "../../core/images/load_sharp.ts";

/** The size of an image whose longer side has at most `side` pixels; it is never enlarged. */
export function fitInto(side: number, { width, height }: { width: number; height: number }) {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** A photo made smaller, each pixel the mean of those it stands for. */
export async function shrinkImage(image: RgbImage, side: number): Promise<RgbImage> {
  const { width, height } = fitInto(side, image);
  if (width === image.width && height === image.height) return image;
  const sharp = await loadSharp();
  const raw = { width: image.width, height: image.height, channels: 3 } as const;
  const data = await sharp(image.data, { raw, limitInputPixels: false })
    .resize(width, height, { fit: "fill", kernel: "cubic" }).raw().toBuffer();
  return { width, height, data: new Uint8Array(data) };
}

/** Labels made smaller: every pixel has the id of the one at its centre. */
export function shrinkLabels(labels: LabelMap, side: number): LabelMap {
  const { width, height } = fitInto(side, labels);
  const data = labels.data instanceof Uint8Array
    ? new Uint8Array(width * height)
    : new Uint16Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y + 0.5) * labels.height / height) * labels.width;
    for (let x = 0; x < width; x++) {
      data[y * width + x] = labels.data[row + Math.floor((x + 0.5) * labels.width / width)];
    }
  }
  return { width, height, data };
}

/** A photo as a JPEG. */
export function encodePhoto(image: RgbImage): Promise<Uint8Array> {
  return encodeRgbImage(image, "jpeg", { quality: 82 });
}

/** Labels in the colours of a palette, as a PNG. */
export async function encodeLabels(labels: LabelMap, palette: Palette): Promise<Uint8Array> {
  return labels.data.every((id) => id < 256)
    ? encodeLabelPng(labels, palette)
    : await encodeRgbImage(colorize(labels, palette), "png");
}
