import type { RgbImage } from "../../core/images/mod.ts";

/**
 * An image made of smooth gradients and blobs, the same on every machine: integers only, so that other
 * languages can make it too.
 */
export function testImage(width: number, height: number): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 3;
      const blob = (x - (width >> 1)) ** 2 + (y - (height >> 1)) ** 2 < (height >> 2) ** 2 ? 120 : 0;
      const stripe = ((x >> 5) + (y >> 6)) % 3 * 30;
      data[at] = (x * 255 / width >> 0) ^ (blob >> 1);
      data[at + 1] = (y * 200 / height >> 0) + stripe & 255;
      data[at + 2] = (blob + (x * y >> 9)) & 255;
    }
  }
  return { width, height, data };
}
