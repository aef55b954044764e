import type { RgbImage } from "./image.ts";

/**
 * The image with left and right exchanged.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { mirrorImage } from "./mirror.ts";
 * const image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
 * assert.deepEqual([...mirrorImage(image).data], [4, 5, 6, 1, 2, 3]);
 * ```
 */
export function mirrorImage({ width, height, data }: RgbImage): RgbImage {
  const mirrored = new Uint8Array(data.length);
  for (let y = 0, from = 0; y < height; y++) {
    let to = (y + 1) * width * 3;
    for (let x = 0; x < width; x++, from += 3) {
      to -= 3;
      mirrored[to] = data[from];
      mirrored[to + 1] = data[from + 1];
      mirrored[to + 2] = data[from + 2];
    }
  }
  return { width, height, data: mirrored };
}
