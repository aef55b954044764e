import assert from "node:assert/strict";
import { boxColor, classColor, extendPalette, textColor } from "../../../core/images/palette.ts";
import type { Color } from "../../../core/images/palette.ts";

function luminance(color: Color): number {
  const [red, green, blue] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: Color, b: Color): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

Deno.test("classes have the colours of PASCAL VOC", () => {
  assert.deepEqual([0, 1, 2, 3, 7, 15, 20, 255].map(classColor), [
    [0, 0, 0],
    [128, 0, 0],
    [0, 128, 0],
    [128, 128, 0],
    [128, 128, 128],
    [192, 128, 128],
    [0, 64, 128],
    [224, 224, 192],
  ]);
});

Deno.test("every id has a colour of its own", () => {
  const colors = new Set(Array.from({ length: 65_536 }, (_, id) => classColor(id).join()));
  assert.equal(colors.size, 65_536);
  assert.deepEqual(classColor(2 ** 24 - 1), [255, 255, 255]);
});

Deno.test("a palette is extended, never changed", () => {
  assert.deepEqual(extendPalette([[1, 2, 3]], 3), [[1, 2, 3], [128, 0, 0], [0, 128, 0]]);
  assert.deepEqual(extendPalette([[1, 2, 3], [4, 5, 6]], 1), [[1, 2, 3]]);
});

Deno.test("eighty box colours differ visibly, the first eight strongly", () => {
  const colors = Array.from({ length: 80 }, (_, i) => boxColor(i));
  const nearest = (count: number) => {
    let smallest = Infinity;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < i; j++) {
        smallest = Math.min(
          smallest,
          Math.hypot(...colors[i].map((value, channel) => value - colors[j][channel])),
        );
      }
    }
    return smallest;
  };
  assert.ok(nearest(80) > 12, `${nearest(80)}`);
  assert.ok(nearest(8) > 80, `${nearest(8)}`);
  assert.deepEqual(boxColor(3), boxColor(3));
});

Deno.test("tag texts are readable on every box colour", () => {
  assert.deepEqual([textColor([255, 255, 0]), textColor([0, 0, 128])], [[0, 0, 0], [255, 255, 255]]);
  for (let i = 0; i < 200; i++) {
    const ratio = contrast(boxColor(i), textColor(boxColor(i)));
    assert.ok(ratio > 2.9, `${i}: ${boxColor(i)} ${ratio}`);
  }
});
