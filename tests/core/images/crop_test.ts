import assert from "node:assert/strict";
import { BneckError } from "../../../core/errors.ts";
import { crop, pixelArea } from "../../../core/images/crop.ts";
import { gradient } from "./pictures.ts";

Deno.test("a crop holds every pixel that the box touches", () => {
  const image = gradient(10, 8);
  const piece = crop(image, { x1: 2.2, y1: 3, x2: 5.1, y2: 6.9 });
  assert.deepEqual([piece.width, piece.height], [4, 4]);
  for (let y = 0; y < 4; y++) {
    for (let i = 0; i < 12; i++) assert.equal(piece.data[y * 12 + i], image.data[((y + 3) * 10 + 2) * 3 + i]);
  }
});

Deno.test("boxes are cut at the edges of the image", () => {
  const image = gradient(10, 8);
  assert.deepEqual(crop(image, { x1: -5, y1: -1, x2: 99, y2: 8.5 }), image);
  assert.deepEqual(pixelArea({ x1: 9.5, y1: -3, x2: 12, y2: 1 }, 10, 8), {
    left: 9,
    top: 0,
    right: 10,
    bottom: 1,
  });
});

Deno.test("a box outside the image, empty or not a number has no pixels", () => {
  for (
    const [x1, y1, x2, y2] of [[10, 0, 12, 4], [0, -5, 4, 0], [5, 5, 5, 5], [6, 2, 3, 4], [NaN, 0, 4, 4]]
  ) {
    assert.equal(pixelArea({ x1, y1, x2, y2 }, 10, 8), undefined);
    assert.throws(
      () => crop(gradient(10, 8), { x1, y1, x2, y2 }),
      (error) => error instanceof BneckError && error.message.includes("outside the image of 10×8"),
    );
  }
});
