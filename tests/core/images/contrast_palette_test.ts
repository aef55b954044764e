import assert from "node:assert/strict";
import { contrastPalette } from "../../../core/images/contrast_palette.ts";
import type { Color } from "../../../core/images/palette.ts";
import { CAMVID_11 } from "../../../datasets/camvid/labels.ts";

type Matrix = readonly (readonly number[])[];

/** Linear RGB as it is seen without cones of one kind: table 1 of Machado, Oliveira and Fernandes 2009, severity 1. */
const VISIONS: Readonly<Record<string, Matrix>> = {
  full: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(value: number): number {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
}

/** CIELAB under D65. */
function lab(color: Color, vision: Matrix): number[] {
  const light = color.map(linear);
  const [r, g, b] = vision.map((row) =>
    Math.min(1, Math.max(0, row.reduce((sum, weight, k) => sum + weight * light[k], 0)))
  );
  const f = (t: number) => t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
  const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
  const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** The smallest distance between two colours, under the vision that tells them apart least. */
function nearest(colors: readonly Color[]): number {
  let smallest = Infinity;
  for (const vision of Object.values(VISIONS)) {
    const seen = colors.map((color) => lab(color, vision));
    for (let i = 0; i < seen.length; i++) {
      for (let j = 0; j < i; j++) {
        smallest = Math.min(smallest, Math.hypot(...seen[i].map((value, k) => value - seen[j][k])));
      }
    }
  }
  return smallest;
}

const names = (count: number) => Array.from({ length: count }, (_, k) => `class ${k}`);

Deno.test("colours of high contrast are apart under every kind of colour vision", () => {
  assert.ok(nearest(contrastPalette(names(11))) > 21, `${nearest(contrastPalette(names(11)))}`);
  assert.ok(nearest(contrastPalette(names(21))) > 13, `${nearest(contrastPalette(names(21)))}`);
  assert.ok(nearest(contrastPalette(names(32))) > 9, `${nearest(contrastPalette(names(32)))}`);
});

Deno.test("CamVid's own colours are not", () => {
  assert.ok(nearest(CAMVID_11.map(({ color }) => color)) < 7);
});

Deno.test("a background is black, and any number of classes gets colours", () => {
  assert.deepEqual(contrastPalette(["background", "cat"]), [[0, 0, 0], contrastPalette(["cat"])[0]]);
  assert.equal(contrastPalette(names(255)).length, 255);
});
