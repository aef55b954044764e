import assert from "node:assert/strict";
import fc from "fast-check";
import { randomNumbers } from "../../core/random.ts";
import {
  averageWithMirrored,
  confidenceOf,
  type LabelLogits,
  labelsOf,
  meanProbability,
} from "../../heads/mod.ts";

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

/** Logits of up to so many classes, of a grid and of an image of up to so many points a side. */
function logitsUpTo(classes: number, grid: number, image: number): fc.Arbitrary<LabelLogits> {
  return fc.record({
    classes: fc.integer({ min: 1, max: classes }),
    height: fc.integer({ min: 1, max: grid }),
    width: fc.integer({ min: 1, max: grid }),
    imageHeight: fc.integer({ min: 1, max: image }),
    imageWidth: fc.integer({ min: 1, max: image }),
    seed: fc.integer(),
    coarse: fc.boolean(),
  }).map(({ seed, coarse, ...shape }) => {
    const random = randomNumbers(seed);
    const data = Float32Array.from({ length: shape.classes * shape.height * shape.width }, () => {
      // Coarse values make ties between classes common.
      return coarse ? Math.floor(random() * 4) : random() * 8 - 4;
    });
    return { ...shape, data };
  });
}

const LOGITS = logitsUpTo(6, 5, 33);

/** Asserts that every pixel has the best class, the lower one of equals. */
function assertArgmax(logits: LabelLogits): void {
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
}

Deno.test("labels are the argmax of the interpolated logits, the lower class winning ties", () => {
  fc.assert(fc.property(LOGITS, assertArgmax), { numRuns: 500 });
});

Deno.test("labels are that also with many classes, wide cells and grids of any size", () => {
  fc.assert(fc.property(logitsUpTo(40, 24, 150), assertArgmax), { numRuns: 30 });
});

Deno.test("logits that are no numbers give labels all the same", () => {
  const shape = { classes: 3, height: 2, width: 2, imageHeight: 9, imageWidth: 11 };
  for (const value of [NaN, Infinity, -Infinity]) {
    const data = new Float32Array(12).fill(value);
    assert.ok(labelsOf({ ...shape, data }).data.every((label) => label === 0));
    // One class is a number at one point.
    data[5] = 1;
    assert.ok(labelsOf({ ...shape, data }).data.every((label) => label < 3));
  }
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

Deno.test("pixels of labels that are left out, or are not classes, have the probability 0, and others keep theirs", () => {
  fc.assert(
    fc.property(LOGITS, (logits) => {
      const labels = labelsOf(logits);
      const all = confidenceOf(logits, labels).data;
      const without = confidenceOf(logits, labels, new Set([0])).data;
      assert.deepEqual([...without], Array.from(all, (value, at) => labels.data[at] === 0 ? 0 : value));
      const hidden = { ...labels, data: labels.data.map(() => 255) };
      assert.ok(confidenceOf(logits, hidden).data.every((value) => value === 0));
    }),
    { numRuns: 50 },
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

Deno.test("logits averaged with those of the mirror image are symmetric where the images are the same", () => {
  const logits = (data: number[]): LabelLogits => ({
    data: Float32Array.from(data),
    classes: 2,
    height: 1,
    width: 2,
    imageHeight: 1,
    imageWidth: 2,
  });
  const both = logits([1, 2, 3, 5]);
  averageWithMirrored(both, { data: Float32Array.of(1, 2, 3, 5) });
  assert.deepEqual([...both.data], [1.5, 1.5, 4, 4]);
});

Deno.test("the mean probability is 1 / classes where nothing is preferred, and near 1 where one class is", () => {
  const logits = (data: number[]) => ({ data: Float32Array.from(data), classes: 4, height: 1, width: 2 });
  const size = { imageHeight: 1, imageWidth: 2 };
  assert.equal(meanProbability({ ...logits(Array(8).fill(3)), ...size }), 0.25);
  assert.ok(meanProbability({ ...logits([50, 0, 0, 50, 0, 0, 0, 0]), ...size }) > 0.999);
});
