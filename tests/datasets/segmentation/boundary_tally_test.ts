import assert from "node:assert/strict";
import fc from "fast-check";
import type { LabelMap } from "../../../core/images/image.ts";
import { type BoundaryTally, boundaryTally } from "../../../datasets/segmentation/boundary_tally.ts";
import { classIndex } from "../../../datasets/segmentation/label_index.ts";
import { drawn, pairOf } from "./support.ts";

const INDEX = classIndex({
  classes: [0, 1, 2].map((id) => ({ id, name: `class ${id}` })),
  ignore: [255],
});

/** From the definition: every outline pixel against every other. */
function plainTally(prediction: LabelMap, truth: LabelMap, tolerance: number): BoundaryTally {
  const { width, height } = truth;
  const outline = (map: LabelMap, id: number) => {
    const at = (x: number, y: number) => {
      const i = y * width + x;
      return x < 0 || y < 0 || x >= width || y >= height || truth.data[i] === 255 ? null : map.data[i];
    };
    const pixels: [number, number][] = [];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const others = [at(x - 1, y), at(x + 1, y), at(x, y - 1), at(x, y + 1)];
        if (at(x, y) === id && others.some((other) => other !== null && other !== id)) pixels.push([x, y]);
      }
    }
    return pixels;
  };
  const near = (pixels: [number, number][], others: [number, number][]) =>
    pixels.filter(([x, y]) => others.some(([u, v]) => (x - u) ** 2 + (y - v) ** 2 <= tolerance ** 2)).length;
  const outlines = [0, 1, 2].map((id) => [outline(prediction, id), outline(truth, id)]);
  return {
    predicted: Uint32Array.from(outlines, ([p]) => p.length),
    predictedNear: Uint32Array.from(outlines, ([p, t]) => near(p, t)),
    truth: Uint32Array.from(outlines, ([, t]) => t.length),
    truthNear: Uint32Array.from(outlines, ([p, t]) => near(t, p)),
  };
}

Deno.test("boundaryTally() finds what comparing every two outline pixels finds", () => {
  const tolerance = fc.oneof(fc.integer({ min: 0, max: 6 }), fc.double({ min: 0, max: 6, noNaN: true }));
  fc.assert(
    fc.property(
      fc.oneof(pairOf([0, 1, 2, 255]), pairOf([0, 1, 2, 255], true)),
      tolerance,
      ({ prediction, truth }, tolerance) => {
        const tally = boundaryTally(prediction, truth, INDEX, tolerance);
        assert.deepEqual(tally, plainTally(prediction, truth, tolerance));
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("boundaryTally() finds the same in images of large rectangles", () => {
  const rectangle = fc.record({
    value: fc.constantFrom(0, 1, 2, 255),
    left: fc.nat(30),
    top: fc.nat(24),
    width: fc.integer({ min: 1, max: 20 }),
    height: fc.integer({ min: 1, max: 20 }),
  });
  const picture = fc.array(rectangle, { maxLength: 6 });
  fc.assert(fc.property(fc.constantFrom(31, 32), picture, picture, (size, ...lists) => {
    const [prediction, truth] = lists.map((rectangles): LabelMap => {
      const data = new Uint8Array(size * 26);
      for (const { value, left, top, width, height } of rectangles) {
        for (let y = top; y < Math.min(26, top + height); y++) {
          data.fill(value, y * size + Math.min(size, left), y * size + Math.min(size, left + width));
        }
      }
      return { width: size, height: 26, data };
    });
    assert.deepEqual(boundaryTally(prediction, truth, INDEX, 2.3), plainTally(prediction, truth, 2.3));
  }));
});

Deno.test("a square predicted d pixels aside has the closed form's precision at any tolerance", () => {
  // Two 10 × 10 squares of class 1, the second three columns to the right, on class 0.
  const square = (left: number): LabelMap => {
    const data = new Uint8Array(30 * 30);
    for (let y = 10; y < 20; y++) data.fill(1, y * 30 + left, y * 30 + left + 10);
    return { width: 30, height: 30, data };
  };
  const share = (tolerance: number) => {
    const tally = boundaryTally(square(13), square(10), INDEX, tolerance);
    assert.equal(tally.truth[1], 36);
    assert.equal(tally.predicted[1], 36);
    return tally.predictedNear[1];
  };
  // Columns 13 to 19 of top and bottom coincide. With tolerance d, d more on each side of both come near, and so
  // does the left side's part within d of a row; at 3 the vertical sides reach each other.
  assert.equal(share(0), 14);
  assert.equal(share(1), 14 + 2 * 1 + 2 * 1);
  assert.equal(share(3), 36);
});

Deno.test("distances are Euclidean, the tolerance included", () => {
  const dot = (x: number, y: number): LabelMap => {
    const data = new Uint8Array(11 * 11);
    data[y * 11 + x] = 1;
    return { width: 11, height: 11, data };
  };
  const found = (tolerance: number) => boundaryTally(dot(7, 8), dot(4, 4), INDEX, tolerance).predictedNear[1];
  assert.equal(found(5), 1); // 3, 4, 5
  assert.equal(found(4.99), 0);
});

Deno.test("ignored pixels make no outline, in the prediction neither", () => {
  const tally = boundaryTally(drawn("0001 0002"), drawn("000. 000."), INDEX, 0);
  assert.deepEqual([...tally.predicted, ...tally.truth], [0, 0, 0, 0, 0, 0]);
});
