import assert from "node:assert/strict";
import fc from "fast-check";
import { confidenceOf, type LabelLogits, labelsOf } from "../../heads/mod.ts";

/** Bilinear interpolation of every class at every pixel, straight from the definition. */
function interpolated(logits: LabelLogits, x: number, y: number): number[] {
  const { data, width, height, classes, imageWidth, imageHeight } = logits;
  const place = (at: number, points: number, pixels: number) => {
    const position = Math.min(points - 1, Math.max(0, (at + 0.5) * points / pixels - 0.5));
    const low = Math.floor(position);
    return { low, high: Math.min(points - 1, low + 1), share: Math.fround(position - low) };
  };
  const column = place(x, width, imageWidth);
  const row = place(y, height, imageHeight);
  return Array.from({ length: classes }, (_, c) => {
    const at = (r: number, k: number) => data[(c * height + r) * width + k];
    const left = at(row.low, column.low) + row.share * (at(row.high, column.low) - at(row.low, column.low));
    const right = at(row.low, column.high) +
      row.share * (at(row.high, column.high) - at(row.low, column.high));
    return left + column.share * (right - left);
  });
}

const LOGITS = fc.record({
  classes: fc.integer({ min: 1, max: 6 }),
  height: fc.integer({ min: 1, max: 5 }),
  width: fc.integer({ min: 1, max: 5 }),
  imageHeight: fc.integer({ min: 1, max: 33 }),
  imageWidth: fc.integer({ min: 1, max: 33 }),
  seed: fc.integer(),
  coarse: fc.boolean(),
}).map(({ seed, coarse, ...shape }): LabelLogits => {
  let state = seed >>> 0;
  const data = Float32Array.from({ length: shape.classes * shape.height * shape.width }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    // Coarse values make ties between classes common.
    return coarse ? state >>> 30 : state / 2 ** 32 * 8 - 4;
  });
  return { ...shape, data };
});

Deno.test("labels are the argmax of the interpolated logits, the lower class winning ties", () => {
  fc.assert(
    fc.property(LOGITS, (logits) => {
      const labels = labelsOf(logits);
      for (let y = 0; y < logits.imageHeight; y++) {
        for (let x = 0; x < logits.imageWidth; x++) {
          const values = interpolated(logits, x, y);
          const largest = Math.max(...values);
          const label = labels.data[y * logits.imageWidth + x];
          const expected = values.indexOf(largest);
          // Rounding may order two classes that are equal in exact arithmetic either way.
          assert.ok(
            label === expected || largest - values[label] < 1e-6,
            `(${x}, ${y}): ${label}, ${values}`,
          );
        }
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("a grid of the size of the image is its own argmax", () => {
  const logits = {
    classes: 2,
    height: 1,
    width: 3,
    imageHeight: 1,
    imageWidth: 3,
    data: Float32Array.of(1, 0, 2, 0, 1, 2),
  };
  assert.deepEqual([...labelsOf(logits).data], [0, 1, 0]);
});

Deno.test("confidence is the softmax probability of the label", () => {
  fc.assert(
    fc.property(LOGITS, (logits) => {
      const labels = labelsOf(logits);
      const confidence = confidenceOf(logits, labels);
      for (let y = 0; y < logits.imageHeight; y++) {
        for (let x = 0; x < logits.imageWidth; x++) {
          const at = y * logits.imageWidth + x;
          const values = interpolated(logits, x, y).map(Math.exp);
          const expected = 255 * values[labels.data[at]] / values.reduce((sum, value) => sum + value, 0);
          assert.ok(Math.abs(confidence.data[at] - expected) <= 0.51, `${confidence.data[at]} ≠ ${expected}`);
        }
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("the pixels of each class are counted on the way", () => {
  fc.assert(fc.property(LOGITS, (logits) => {
    const counts = new Uint32Array(logits.classes);
    const labels = labelsOf(logits, counts);
    const expected = Array.from(counts, (_, label) => labels.data.filter((value) => value === label).length);
    assert.deepEqual([...counts], expected);
  }));
});
