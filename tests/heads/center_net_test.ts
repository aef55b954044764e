import assert from "node:assert/strict";
import fc from "fast-check";
import { randomNumbers } from "../../core/random.ts";
import { decodeCenterNet, findPeaks } from "../../heads/mod.ts";

/** Every local maximum, sorted, straight from the definition. */
function plainPeaks(logits: Float32Array, classes: number, height: number, width: number): number[] {
  const peaks: { index: number; value: number; order: number }[] = [];
  for (let c = 0; c < classes; c++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = logits[(c * height + y) * width + x];
        let isPeak = true;
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            const [ny, nx] = [y + dy, x + dx];
            if (ny < 0 || nx < 0 || ny >= height || nx >= width) continue;
            if (logits[(c * height + ny) * width + nx] > value) isPeak = false;
          }
        }
        if (isPeak) {
          peaks.push({ index: (c * height + y) * width + x, value, order: (y * width + x) * classes + c });
        }
      }
    }
  }
  peaks.sort((a, b) => b.value - a.value || a.order - b.order);
  return peaks.map(({ index }) => index);
}

Deno.test("peaks equal those of a plain search, in the order of TensorFlow's top-k", () => {
  const shapes = fc.record({
    classes: fc.integer({ min: 1, max: 4 }),
    height: fc.integer({ min: 1, max: 8 }),
    width: fc.integer({ min: 1, max: 8 }),
    max: fc.integer({ min: 0, max: 30 }),
    levels: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(shapes, fc.integer(), ({ classes, height, width, max, levels }, seed) => {
      const random = randomNumbers(seed);
      const logits = Float32Array.from(
        { length: classes * height * width },
        () => Math.floor(random() * levels),
      );
      const shape = { classes, height, width };
      const all = plainPeaks(logits, classes, height, width);
      assert.deepEqual(findPeaks(logits, shape, { min: -Infinity, max }), all.slice(0, max));
      const min = levels / 2;
      assert.deepEqual(
        findPeaks(logits, shape, { min, max: 1000 }),
        all.filter((index) => logits[index] >= min),
      );
      assert.deepEqual(
        findPeaks(logits, shape, { min: -Infinity, max: 1000, wanted: new Set([0]) }),
        all.filter((index) => index < height * width),
      );
    }),
    { numRuns: 300 },
  );
});

Deno.test("a peak becomes a box around its cell, scaled to the original image", () => {
  const heatmap = { shape: [1, 2, 2, 2], data: Float32Array.of(-9, -9, -9, -9, -9, 0, -9, -9) };
  const distances = { shape: [1, 4, 2, 2], data: new Float32Array(16) };
  [0.25, 0.5, 0.75, 1].forEach((value, side) => distances.data[side * 4 + 1] = value);
  const view = { width: 16, height: 4, inputWidth: 8, inputHeight: 8 };
  const found = decodeCenterNet({ heatmap, distances }, view, { score: 0.4, max: 10 });
  assert.equal(found.count, 1);
  assert.deepEqual([...found.classes], [1]);
  assert.deepEqual([...found.scores], [0.5]);
  // The cell (1, 0) stands for pixel (4, 0) of the input; one unit of distance is 16 pixels.
  assert.deepEqual([...found.boxes], [(4 - 4) * 2, (0 - 8) / 2, (4 + 12) * 2, (0 + 16) / 2]);
});
