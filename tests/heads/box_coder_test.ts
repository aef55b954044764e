import assert from "node:assert/strict";
import { decodeBox } from "../../heads/mod.ts";

Deno.test("a box grows to 62.5 times its anchor and no further", () => {
  const anchors = Float32Array.of(5000, 5000, 10, 20);
  const boxes = new Float32Array(4);
  decodeBox(Float32Array.of(0, 0, 1000, 1000), anchors, boxes, 0, 10_000, 10_000);
  const expected = [5000 - 312.5, 5000 - 625, 5000 + 312.5, 5000 + 625];
  boxes.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-2, `${boxes} is not ${expected}`));
});

Deno.test("codes of zero are the anchor itself, cut to the image", () => {
  const boxes = new Float32Array(8);
  const anchors = Float32Array.of(5, 6, 4, 2, 1, 1, 8, 40);
  decodeBox(new Float32Array(8), anchors, boxes, 0, 16, 12);
  decodeBox(new Float32Array(8), anchors, boxes, 1, 16, 12);
  assert.deepEqual([...boxes], [3, 5, 7, 7, 0, 0, 5, 12]);
});

Deno.test("offsets are tenths of the anchor's size, sizes logarithms in fifths", () => {
  const boxes = new Float32Array(4);
  const codes = Float32Array.of(10, -5, 5 * Math.log(2), 5 * Math.log(0.5));
  decodeBox(codes, Float32Array.of(50, 50, 10, 20), boxes, 0, 100, 100);
  const expected = [60 - 10, 40 - 5, 60 + 10, 40 + 5];
  boxes.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < 1e-4, `${boxes} is not ${expected}`));
});
