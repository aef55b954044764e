import assert from "node:assert/strict";
import type { ImageSize } from "../../../core/images/mod.ts";
import { drawingOf, drawingSize, neededSize } from "../../../models/pipeline/drawing_size.ts";
import type { FileKind } from "../../../models/pipeline/mod.ts";
import { testImage } from "../../support/test_image.ts";

const FULL = { width: 8000, height: 6000 };
const seeing = (seen: ImageSize | undefined) => ({ reducedSize: () => seen });
const model = seeing({ width: 720, height: 540 });
const settings = (...files: FileKind[]) => ({ files });

Deno.test("an image is decoded at what the network and its drawings need", () => {
  assert.deepEqual(neededSize(model, FULL, settings("json", "ids")), { width: 720, height: 540 });
  assert.deepEqual(neededSize(model, FULL, settings("json", "boxes")), { width: 2048, height: 1536 });
  assert.deepEqual(neededSize(model, FULL, { files: ["overlay"], pictureSize: 400 }), {
    width: 720,
    height: 540,
  });
  assert.deepEqual(neededSize(model, FULL, { files: ["overlay"], pictureSize: 0 }), FULL);
});

Deno.test("all of an image is decoded for parts of it, on demand, and for networks that resize by themselves", () => {
  for (const kind of ["crops", "cutouts"] as const) {
    assert.equal(neededSize(model, FULL, settings("json", kind)), undefined);
  }
  assert.equal(neededSize(model, FULL, { files: [], exact: true }), undefined);
  assert.equal(neededSize(seeing(undefined), FULL, settings("overlay")), undefined);
});

Deno.test("drawings are never larger than the image, and only made where they are wanted", () => {
  assert.deepEqual(drawingSize({ width: 640, height: 427 }, {}), { width: 640, height: 427 });
  assert.deepEqual(drawingSize({ width: 20, height: 4096 }, {}), { width: 10, height: 2048 });
  assert.deepEqual(drawingSize(FULL, { pictureSize: 0 }), FULL);
  const image = testImage(60, 40);
  assert.equal(drawingOf(image, settings("json", "ids")), undefined);
  assert.equal(drawingOf(image, settings("overlay")), image);
  const { width, height } = drawingOf(image, { files: ["boxes"], pictureSize: 30 })!;
  assert.deepEqual([width, height], [30, 20]);
});
