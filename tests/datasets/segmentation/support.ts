/** Label images for the tests of the pixel scores. */
import fc from "fast-check";
import type { LabelMap } from "../../../core/images/image.ts";
import { randomNumbers } from "../../../core/random.ts";

/** An image of the given rows, `[height][width]`. */
export function labelMap(rows: readonly (readonly number[])[]): LabelMap {
  return { width: rows[0].length, height: rows.length, data: Uint8Array.from(rows.flat()) };
}

/** An image written as text: one digit or letter per pixel, lines parted by spaces; `.` is 255. */
export function drawn(text: string): LabelMap {
  return labelMap(
    text.trim().split(/\s+/).map((line) => [...line].map((mark) => mark === "." ? 255 : parseInt(mark, 36))),
  );
}

/** Pairs of images of one size whose pixels are among `values`, with runs as in real label images. */
export function pairOf(
  values: readonly number[],
  wide = false,
): fc.Arbitrary<{ prediction: LabelMap; truth: LabelMap }> {
  return fc.record({
    width: fc.integer({ min: 1, max: 23 }),
    height: fc.integer({ min: 1, max: 17 }),
    run: fc.integer({ min: 1, max: 12 }),
    seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  }).map(({ width, height, run, seed }) => {
    const random = randomNumbers(seed);
    const picture = (): LabelMap => {
      const data = wide ? new Uint16Array(width * height) : new Uint8Array(width * height);
      let value = values[0];
      for (let i = 0; i < data.length; i++) {
        if (random() < 1 / run) value = values[Math.floor(random() * values.length)];
        data[i] = value;
      }
      return { width, height, data };
    };
    return { prediction: picture(), truth: picture() };
  });
}
