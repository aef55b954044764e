import assert from "node:assert/strict";
import fc from "fast-check";
import { EVERY_SIZE, inputExtent, type SizeGrid } from "../../models/mod.ts";

Deno.test("the longer side decides where it would exceed its limit, as in Hugging Face's DETR", () => {
  const size = { kind: "shorter", pixels: 800, max: 1333 } as const;
  const grid = { ...EVERY_SIZE, maxAspect: 100 };
  // transformers' get_size_with_aspect_ratio for these images.
  assert.deepEqual(inputExtent(size, grid, 640, 480), [800, 1066]);
  assert.deepEqual(inputExtent(size, grid, 480, 640), [1066, 800]);
  assert.deepEqual(inputExtent(size, grid, 640, 360), [750, 1333]);
  assert.deepEqual(inputExtent(size, grid, 20, 4000), [1333, 7]);
});

Deno.test("the shorter side gets the wanted length and the aspect is kept", () => {
  assert.deepEqual(inputExtent({ kind: "shorter", pixels: 360 }, EVERY_SIZE, 960, 720), [360, 480]);
  assert.deepEqual(inputExtent({ kind: "shorter", pixels: 360 }, EVERY_SIZE, 720, 960), [480, 360]);
  assert.deepEqual(inputExtent({ kind: "longer", pixels: 512 }, EVERY_SIZE, 1024, 768), [384, 512]);
});

Deno.test("very long images are squashed rather than blown up", () => {
  assert.deepEqual(inputExtent({ kind: "shorter", pixels: 360 }, EVERY_SIZE, 4000, 20), [360, 1440]);
  assert.deepEqual(inputExtent({ kind: "longer", pixels: 512 }, EVERY_SIZE, 20, 4000), [512, 128]);
});

Deno.test("every size lies on the size grid, within half a step of the wanted one", () => {
  const axis = fc.record({ step: fc.integer({ min: 1, max: 64 }), offset: fc.nat(31) });
  const side = fc.integer({ min: 1, max: 5000 });
  fc.assert(fc.property(axis, axis, side, side, (height, width, imageWidth, imageHeight) => {
    const sizeGrid: SizeGrid = { height, width };
    const size = { kind: "exact", height: imageHeight, width: imageWidth } as const;
    const [h, w] = inputExtent(size, sizeGrid, 7, 9);
    for (
      const [length, wanted, { step, offset = 0 }] of [[h, imageHeight, height], [
        w,
        imageWidth,
        width,
      ]] as const
    ) {
      assert.equal((length - offset) % step, 0);
      assert.ok(length >= 1);
      assert.ok(Math.abs(length - wanted) <= step / 2 || length <= offset + step);
    }
  }));
});

Deno.test("an aspect that leaves a fraction of a pixel is cut off, as torchvision does, unless it is whole", () => {
  const shorter = (pixels: number, width: number, height: number) =>
    inputExtent({ kind: "shorter", pixels }, EVERY_SIZE, width, height);
  assert.deepEqual(shorter(256, 375, 500), [341, 256]);
  assert.deepEqual(shorter(256, 333, 500), [384, 256]);
  // 232 · 300 / 290 is 240, though 300 / 290 · 232 is a little less in floating point.
  assert.deepEqual(shorter(232, 300, 290), [232, 240]);
});
