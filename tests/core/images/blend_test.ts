import assert from "node:assert/strict";
import fc from "fast-check";
import { BneckError } from "../../../core/errors.ts";
import { blendOverlay, colorize, paintMask } from "../../../core/images/blend.ts";
import { classColor } from "../../../core/images/palette.ts";
import { gradient } from "./pictures.ts";

const PALETTE = [[255, 0, 0], [0, 255, 128], [17, 34, 51]] as const;

function stripes(width: number, height: number, ids: number) {
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height }, (_, i) => Math.floor(i / 3) % ids),
  };
}

Deno.test("colours follow the palette, and the VOC colours beyond it", () => {
  const picture = colorize({ width: 2, height: 2, data: Uint8Array.of(1, 2, 0, 9) }, PALETTE);
  assert.deepEqual([...picture.data], [...PALETTE[1], ...PALETTE[2], ...PALETTE[0], ...classColor(9)]);
  const wide = colorize({ width: 1, height: 1, data: Uint16Array.of(40_000) }, PALETTE);
  assert.deepEqual([...wide.data], [...classColor(40_000)]);
});

Deno.test("an overlay is the rounded mean weighted by the opacity", () => {
  const photo = gradient(60, 40);
  const labels = stripes(60, 40, 4);
  fc.assert(
    fc.property(fc.nat(65_536), (parts) => {
      const opacity = parts / 65_536;
      const { data } = blendOverlay(photo, labels, PALETTE, { opacity });
      for (let i = 0; i < data.length; i++) {
        const color = (PALETTE[labels.data[Math.floor(i / 3)]] ?? classColor(3))[i % 3];
        assert.equal(data[i], Math.floor(photo.data[i] * (1 - opacity) + color * opacity + 0.5));
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("opacity 0 keeps the photo, opacity 1 gives the colours alone", () => {
  const photo = gradient(31, 17);
  const labels = stripes(31, 17, 3);
  assert.deepEqual(blendOverlay(photo, labels, PALETTE, { opacity: 0 }), photo);
  assert.deepEqual(blendOverlay(photo, labels, PALETTE, { opacity: 1 }), colorize(labels, PALETTE));
});

Deno.test("background classes keep the photo, others do not; the photo itself is not changed", () => {
  const photo = gradient(12, 9);
  const before = photo.data.slice();
  const labels = stripes(12, 9, 3);
  const { data } = blendOverlay(photo, labels, PALETTE, { opacity: 1, background: new Set([1, 700]) });
  for (let i = 0; i < data.length; i++) {
    const id = labels.data[Math.floor(i / 3)];
    assert.equal(data[i], id === 1 ? photo.data[i] : PALETTE[id][i % 3]);
  }
  assert.deepEqual(photo.data, before);
});

Deno.test("sizes that differ and impossible opacities are refused", () => {
  const labels = stripes(4, 4, 2);
  const message = (call: () => unknown) => {
    try {
      call();
    } catch (error) {
      assert.ok(error instanceof BneckError);
      return error.message;
    }
  };
  assert.equal(
    message(() => blendOverlay(gradient(4, 5), labels, PALETTE, { opacity: 0.5 })),
    "the label map has 4×4 pixels, the image 4×5",
  );
  for (const opacity of [-0.1, 1.1, NaN]) {
    assert.equal(
      message(() => blendOverlay(gradient(4, 4), labels, PALETTE, { opacity })),
      `opacity must be between 0 and 1, not ${opacity}`,
    );
  }
});

Deno.test("a colour is mixed in where a mask is set, and nowhere else", () => {
  const image = { width: 3, height: 2, data: new Uint8Array(18).fill(100) };
  paintMask(image, { x: 1, y: 0, width: 2, height: 2, data: Uint8Array.of(1, 0, 0, 1) }, [200, 0, 100], 0.4);
  const pixels = Array.from({ length: 6 }, (_, at) => [...image.data.subarray(at * 3, at * 3 + 3)]);
  const [bare, painted] = [[100, 100, 100], [140, 60, 100]];
  assert.deepEqual(pixels, [bare, painted, bare, bare, bare, painted]);
});
