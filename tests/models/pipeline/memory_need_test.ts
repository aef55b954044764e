import assert from "node:assert/strict";
import { memoryNeed } from "../../../models/pipeline/memory_need.ts";

const SIZE = { width: 4000, height: 3000, bytesPerPixel: 3, reducible: true };

Deno.test("an image takes its pixels, their classes and the largest of its files", () => {
  assert.equal(memoryNeed(SIZE, { files: [] }), 36e6);
  assert.equal(memoryNeed(SIZE, { files: ["json"], detect: { score: 0.25, max: 100 } }), 36e6);
  assert.equal(memoryNeed(SIZE, { files: ["ids", "color"], segment: { opacity: 0.5 } }), 120e6);
});

Deno.test("of a reduced image only the smaller size is decoded, but a progressive JPEG keeps its coefficients", () => {
  const needed = { width: 1000, height: 750 };
  assert.equal(memoryNeed(SIZE, { files: [] }, needed), 4.5e6);
  assert.equal(memoryNeed({ ...SIZE, bytesPerPixel: 9 }, { files: [] }, needed), 76.5e6);
});
