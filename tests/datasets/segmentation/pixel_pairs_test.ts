import assert from "node:assert/strict";
import fc from "fast-check";
import type { LabelMap } from "../../../core/images/image.ts";
import { visitPixelPairs } from "../../../datasets/segmentation/pixel_pairs.ts";
import { labelMap, pairOf } from "./support.ts";

function counted(truth: LabelMap, prediction: LabelMap): Map<string, number> {
  const pairs = new Map<string, number>();
  visitPixelPairs(truth, prediction, (t, p, pixels) => {
    pairs.set(`${t},${p}`, (pairs.get(`${t},${p}`) ?? 0) + pixels);
  });
  return new Map([...pairs].sort());
}

/** The same, a pixel at a time. */
function plain(truth: LabelMap, prediction: LabelMap): Map<string, number> {
  const pairs = new Map<string, number>();
  truth.data.forEach((t, i) => {
    const key = `${t},${prediction.data[i]}`;
    pairs.set(key, (pairs.get(key) ?? 0) + 1);
  });
  return new Map([...pairs].sort());
}

Deno.test("visitPixelPairs() counts 8-bit images as a plain loop does", () => {
  fc.assert(fc.property(pairOf([0, 1, 7, 127, 128, 200, 255]), ({ truth, prediction }) => {
    assert.deepEqual(counted(truth, prediction), plain(truth, prediction));
  }));
});

Deno.test("visitPixelPairs() counts 16-bit images, alone or beside 8-bit ones, as a plain loop does", () => {
  fc.assert(fc.property(pairOf([0, 255, 256, 24001, 65535], true), ({ truth, prediction }) => {
    assert.deepEqual(counted(truth, prediction), plain(truth, prediction));
    const bytes = { ...prediction, data: Uint8Array.from(prediction.data) };
    assert.deepEqual(counted(truth, bytes), plain(truth, bytes));
    assert.deepEqual(counted(bytes, truth), plain(bytes, truth));
  }));
});

Deno.test("visitPixelPairs() counts views that do not begin at a multiple of four bytes", () => {
  const bytes = Uint8Array.from({ length: 41 }, (_, i) => i % 5);
  const view = (start: number): LabelMap => ({
    width: 8,
    height: 4,
    data: bytes.subarray(start, start + 32),
  });
  for (const [a, b] of [[1, 0], [0, 3], [2, 6], [4, 8]]) {
    assert.deepEqual(counted(view(a), view(b)), plain(view(a), view(b)));
  }
});

Deno.test("visitPixelPairs() visits each pair of an 8-bit image once", () => {
  const visits: number[][] = [];
  visitPixelPairs(labelMap([[1, 1, 255, 1]]), labelMap([[0, 0, 255, 0]]), (...visit) => visits.push(visit));
  assert.deepEqual(visits, [[1, 0, 3], [255, 255, 1]]);
});
