import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { type ResizeFilter, resizeImage } from "../../../core/images/resize.ts";
import type { RgbImage } from "../../../core/images/image.ts";
import { testImage } from "../../support/test_image.ts";

interface Resized {
  readonly sizes: readonly {
    readonly from: readonly [width: number, height: number];
    readonly to: readonly [width: number, height: number];
    readonly filter: ResizeFilter;
    readonly sha256: string;
  }[];
}

for (const arithmetic of ["pillow", "torchvision"] as const) {
  Deno.test(`images are resized bit for bit as ${arithmetic} does`, () => {
    // Written by tests/parity/pillow_resize.py.
    const file = new URL(`../../fixtures/images/${arithmetic}_resize.json`, import.meta.url);
    const { sizes }: Resized = JSON.parse(Deno.readTextFileSync(file));
    assert.equal(sizes.length, 38);
    for (const { from, to, filter, sha256 } of sizes) {
      const { width, height, data } = resizeImage(testImage(...from), ...to, filter, arithmetic);
      assert.deepEqual([width, height, data.length], [...to, to[0] * to[1] * 3]);
      assert.equal(createHash("sha256").update(data).digest("hex"), sha256, `${from} to ${to}, ${filter}`);
    }
  });
}

/** One axis by the definition: the filter's values at the distances, made to add up to one, in 22 bits. */
function resampled(line: readonly number[], outputs: number, filter: ResizeFilter): number[] {
  if (line.length === outputs) return [...line];
  const value = (x: number) => {
    const d = Math.abs(x);
    if (filter === "bilinear") return Math.max(0, 1 - d);
    if (d < 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1;
    return d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0;
  };
  const scale = line.length / outputs;
  const spread = Math.max(1, scale);
  return Array.from({ length: outputs }, (_, output) => {
    const centre = (output + 0.5) * scale;
    const shares = line.map((_, input) => value((input + 0.5 - centre) / spread));
    const sum = shares.reduce((a, b) => a + b);
    const total = shares.reduce(
      (total, share, i) => total + Math.round(share / sum * 2 ** 22) * line[i],
      2 ** 21,
    );
    return Math.min(255, Math.max(0, Math.floor(total / 2 ** 22)));
  });
}

function byDefinition(
  { width, height, data }: RgbImage,
  w: number,
  h: number,
  filter: ResizeFilter,
): Uint8Array {
  const out = new Uint8Array(w * h * 3);
  const transposed = (lines: number[][]) => lines[0].map((_, i) => lines.map((line) => line[i]));
  const across = (rows: number[][]) => rows.map((row) => resampled(row, w, filter));
  const down = (rows: number[][]) =>
    transposed(transposed(rows).map((column) => resampled(column, h, filter)));
  // As Pillow 13 decides.
  const downFirst = height - h > 0 && height - h > 2 * (width - w);
  for (let channel = 0; channel < 3; channel++) {
    const rows = Array.from(
      { length: height },
      (_, y) => Array.from({ length: width }, (_, x) => data[(y * width + x) * 3 + channel]),
    );
    const resized = downFirst ? across(down(rows)) : down(across(rows));
    resized.forEach((row, y) => row.forEach((value, x) => out[(y * w + x) * 3 + channel] = value));
  }
  return out;
}

Deno.test("any image in any size is what the filter's definition says, within one for ties", () => {
  const side = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(
      side,
      side,
      side,
      side,
      fc.constantFrom<ResizeFilter>("bilinear", "bicubic"),
      fc.infiniteStream(
        fc.nat(255),
      ),
      (width, height, w, h, filter, values) => {
        const data = Uint8Array.from(values.take(width * height * 3));
        const image = { width, height, data };
        const resized = resizeImage(image, w, h, filter).data;
        const expected = byDefinition(image, w, h, filter);
        for (let i = 0; i < expected.length; i++) {
          assert.ok(Math.abs(resized[i] - expected[i]) <= 1, `${i}: ${resized[i]}, not ${expected[i]}`);
        }
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("an image of one colour stays of one colour, and the same size is the same image", () => {
  const image = { width: 50, height: 40, data: new Uint8Array(6000).fill(255) };
  for (const filter of ["bilinear", "bicubic"] as const) {
    for (const [w, h] of [[7, 9], [200, 3], [49, 41]]) {
      assert.ok(resizeImage(image, w, h, filter).data.every((value) => value === 255));
    }
  }
  assert.equal(resizeImage(image, 50, 40, "bilinear"), image);
});

Deno.test("long and thin images fit in little memory, and what was there before does not show", () => {
  const tall = { width: 3, height: 30_000, data: new Uint8Array(270_000).fill(200) };
  assert.ok(resizeImage(tall, 3, 7, "bilinear").data.every((value) => value === 200));
  const small = testImage(20, 20);
  const fresh = resizeImage(small, 11, 13, "bicubic").data;
  resizeImage(testImage(900, 700), 300, 200, "bilinear");
  assert.deepEqual(resizeImage(small, 11, 13, "bicubic").data, fresh);
});
