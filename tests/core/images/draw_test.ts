import assert from "node:assert/strict";
import fc from "fast-check";
import { drawBoxes } from "../../../core/images/draw.ts";
import type { LabelledBox } from "../../../core/images/draw.ts";
import type { RgbImage } from "../../../core/images/image.ts";

const RED = [255, 0, 0] as const;

function plain(width: number, height: number, value = 128): RgbImage {
  return { width, height, data: new Uint8Array(width * height * 3).fill(value) };
}

/** The smallest rectangle around the pixels that `test` accepts: `[left, top, right, bottom]`, the last two outside. */
function extent(
  { width, height, data }: RgbImage,
  test: (pixel: Uint8Array) => boolean,
): number[] | undefined {
  let found: number[] | undefined;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!test(data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3))) continue;
      found ??= [x, y, x + 1, y + 1];
      found = [
        Math.min(found[0], x),
        Math.min(found[1], y),
        Math.max(found[2], x + 1),
        Math.max(found[3], y + 1),
      ];
    }
  }
  return found;
}

const changed = (pixel: Uint8Array) => pixel.some((value) => value !== 128);
const isRed = ([red, green, blue]: Uint8Array) => red === 255 && green === 0 && blue === 0;
const isWhite = (pixel: Uint8Array) => pixel.every((value) => value > 240);

function red(x1: number, y1: number, x2: number, y2: number, label = ""): LabelledBox {
  return { x1, y1, x2, y2, label, color: RED };
}

Deno.test("a box without a label is a frame on its edge pixels, and nothing else changes", async () => {
  const image = plain(64, 48);
  const drawn = await drawBoxes(image, [red(10.4, 8, 29.2, 40)]);
  assert.deepEqual(extent(drawn, changed), [10, 8, 30, 40]);
  for (let y = 0; y < 48; y++) {
    for (let x = 0; x < 64; x++) {
      const inside = x >= 10 && x < 30 && y >= 8 && y < 40;
      const edge = inside && (x === 10 || x === 29 || y === 8 || y === 39);
      assert.equal(isRed(drawn.data.subarray((y * 64 + x) * 3, (y * 64 + x) * 3 + 3)), edge, `${x}, ${y}`);
    }
  }
  assert.ok(image.data.every((value) => value === 128), "the image given is not changed");
});

Deno.test("lines and tags grow with the image", async () => {
  const heights = [];
  for (const side of [200, 1000, 4000]) {
    const drawn = await drawBoxes(plain(side, side), [
      red(side * 0.3, side * 0.5, side * 0.7, side * 0.9, "person 0.87"),
    ]);
    const [left, top, right, bottom] = extent(drawn, changed) as number[];
    assert.deepEqual(
      [left, right, bottom],
      [side * 0.3, side * 0.7, side * 0.9],
      "the tag is narrower than the box",
    );
    heights.push(side * 0.5 - top);
  }
  assert.deepEqual(heights, [15, 23, 90]);
});

Deno.test("a tag holds white text on its colour, above the box where there is room", async () => {
  const drawn = await drawBoxes(plain(300, 200), [red(50, 100, 250, 180, "person 0.87")]);
  const [left, top, right, bottom] = extent(drawn, isWhite) as number[];
  assert.ok(left > 50 && right < 250 && top > 100 - 16 && bottom <= 100, `${[left, top, right, bottom]}`);
  assert.ok(right - left > 50 && bottom - top >= 8);
  const without = await drawBoxes(plain(300, 200), [red(50, 100, 250, 180)]);
  assert.equal(extent(without, isWhite), undefined);
});

Deno.test("a tag at the top goes inside the box, one at the right moves left", async () => {
  const top = await drawBoxes(plain(300, 200), [red(50, 3, 250, 180, "person")]);
  assert.equal((extent(top, changed) as number[])[1], 3);
  const corner = await drawBoxes(plain(300, 200), [red(290, 100, 300, 180, "motorcycle 0.51")]);
  const [left, , right] = extent(corner, isWhite) as number[];
  assert.ok(left < 220 && right <= 300);
});

Deno.test("two boxes at one place get two tags that do not cover each other", async () => {
  const drawn = await drawBoxes(plain(300, 200), [
    { x1: 50, y1: 60, x2: 250, y2: 150, label: "cat 0.9", color: [200, 0, 0] },
    { x1: 51, y1: 61, x2: 249, y2: 149, label: "dog 0.8", color: [0, 0, 200] },
  ]);
  const ofRed = extent(drawn, ([r, g, b]) => r === 200 && g === 0 && b === 0) as number[];
  const ofBlue = extent(drawn, ([r, g, b]) => r === 0 && g === 0 && b === 200) as number[];
  assert.equal(ofRed[1], 60 - 15);
  assert.ok(ofBlue[1] >= 60);
  const text = extent(drawn, isWhite) as number[];
  assert.ok(text[1] < 60 && text[3] > 62, "both texts are visible");
});

Deno.test("the first box is drawn over the others", async () => {
  const boxes = [red(10, 10, 50, 50), { ...red(10, 10, 50, 50), color: [0, 0, 255] as const }];
  assert.ok(
    isRed((await drawBoxes(plain(64, 64), boxes)).data.subarray((10 * 64 + 10) * 3, (10 * 64 + 10) * 3 + 3)),
  );
});

Deno.test("a label that is too wide is cut short, in the narrowest image left out", async () => {
  const narrow = await drawBoxes(plain(60, 200), [red(5, 50, 40, 180, "motorcycle 0.51")]);
  const [left, , right] = extent(narrow, isWhite) as number[];
  assert.ok(left > 0 && right < 60 && right - left > 30);
  const tiny = await drawBoxes(plain(12, 200), [red(2, 50, 9, 180, "motorcycle 0.51")]);
  assert.deepEqual(extent(tiny, changed), [2, 50, 9, 180]);
  const flat = await drawBoxes(plain(200, 9), [red(2, 2, 90, 8, "motorcycle 0.51")]);
  assert.deepEqual(extent(flat, changed), [2, 2, 90, 8]);
});

Deno.test("labels of any characters are drawn", async () => {
  // A hollow box stands for what the font lacks; its thin lines are not quite white.
  const isText = ([, green, blue]: Uint8Array) => green > 150 && blue > 150;
  for (const label of ["ÄÖ ß", "人", "a\u0000b\nc", "\u{1F600}", "ﷺ", "~|{}"]) {
    const drawn = await drawBoxes(plain(200, 100), [red(20, 50, 180, 90, label)]);
    assert.ok(extent(drawn, isText), JSON.stringify(label));
  }
  const blank = await drawBoxes(plain(200, 100), [red(20, 50, 180, 90, " \n ")]);
  assert.deepEqual(extent(blank, changed), [20, 50, 180, 90]);
});

Deno.test("boxes anywhere, of any size, on any image, stay inside it", async () => {
  const number = fc.oneof(fc.double({ min: -50, max: 150 }), fc.constantFrom(NaN, Infinity, -Infinity, 1e12));
  const box = fc.record({
    x1: number,
    y1: number,
    x2: number,
    y2: number,
    label: fc.string({ unit: "binary", maxLength: 20 }),
    color: fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
  });
  const size = fc.integer({ min: 1, max: 120 });
  await fc.assert(
    fc.asyncProperty(size, size, fc.array(box, { maxLength: 6 }), async (width, height, boxes) => {
      const drawn = await drawBoxes(plain(width, height), boxes);
      assert.equal(drawn.data.length, width * height * 3);
    }),
    { numRuns: 200 },
  );
});
