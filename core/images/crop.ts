/** Cutting pieces out of images. */
import { inputError } from "../errors.ts";
import type { RgbImage } from "./image.ts";

/** A box in pixels of the upright image: left, top, right and bottom edges, fractions allowed. */
export interface Box {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** Whole pixels: `left` and `top` belong to the area, `right` and `bottom` do not. */
export interface PixelArea {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Every pixel inside the image that a box touches, or `undefined` where it touches none. */
export function pixelArea(box: Box, width: number, height: number): PixelArea | undefined {
  const left = Math.max(0, Math.floor(box.x1));
  const top = Math.max(0, Math.floor(box.y1));
  const right = Math.min(width, Math.ceil(box.x2));
  const bottom = Math.min(height, Math.ceil(box.y2));
  return left < right && top < bottom ? { left, top, right, bottom } : undefined;
}

/**
 * The part of an image inside a box: every pixel that the box touches, `[height, width, 3]`.
 *
 * @throws {BneckError} if the box lies outside the image
 */
export function crop(image: RgbImage, box: Box): RgbImage {
  const area = pixelArea(box, image.width, image.height);
  if (!area) {
    const { x1, y1, x2, y2 } = box;
    throw inputError(
      `box [${x1}, ${y1}, ${x2}, ${y2}] is outside the image of ${image.width}×${image.height}`,
    );
  }
  const [width, height] = [area.right - area.left, area.bottom - area.top];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const start = ((area.top + y) * image.width + area.left) * 3;
    data.set(image.data.subarray(start, start + width * 3), y * width * 3);
  }
  return { width, height, data };
}
