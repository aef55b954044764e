import assert from "node:assert/strict";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { boxIou } from "../../../../datasets/coco/boxes.ts";
import { rasterizePolygon } from "../../../../datasets/coco/masks/polygon.ts";
import {
  decodeMask,
  encodeMask,
  mergeRles,
  type Rle,
  rleArea,
  rleBox,
  rleIou,
} from "../../../../datasets/coco/masks/rle.ts";
import { compressCounts, decompressCounts } from "../../../../datasets/coco/masks/rle_string.ts";
import { ROOT, shared, testWithShared } from "../../../support/shared.ts";
import { refuses } from "../support.ts";

function boxOf({ counts, height, width }: Rle): number[] {
  const box = new Float64Array(4);
  rleBox(counts, 0, counts.length, height, width, box, 0);
  return [...box];
}

interface ReferencePolygon {
  size: [number, number];
  corners: number[];
  counts: string;
  area: number;
  bbox: number[];
}

Deno.test("polygons become the masks that pycocotools makes of them", () => {
  const polygons = JSON.parse(
    Deno.readTextFileSync(`${ROOT}tests/fixtures/coco/polygons.json`),
  ) as ReferencePolygon[];
  assert.ok(polygons.length >= 50);
  for (const { size: [height, width], corners, counts, area, bbox } of polygons) {
    const mask = rasterizePolygon(corners, height, width);
    assert.equal(compressCounts(mask.counts), counts);
    assert.equal(rleArea(mask.counts), area);
    assert.deepEqual(boxOf(mask), bbox);
  }
});

testWithShared("golden/mask_api.json", "mask operations equal those of the C library", () => {
  const golden = JSON.parse(Deno.readTextFileSync(shared("golden/mask_api.json")));
  const masks: Rle[] = [];
  for (
    const { segmentation, size: [height, width], part_counts, counts, uncompressed, area, bbox } of golden
      .polygons
  ) {
    const parts = segmentation.map((corners: number[]) => rasterizePolygon(corners, height, width));
    assert.deepEqual(parts.map((part: Rle) => compressCounts(part.counts)), part_counts);
    const mask = mergeRles(parts);
    assert.equal(compressCounts(mask.counts), counts);
    assert.deepEqual([...mask.counts], uncompressed);
    assert.equal(rleArea(mask.counts), area);
    assert.deepEqual(boxOf(mask), bbox);
    masks.push(mask);
  }
  for (const { size: [height, width], uncompressed, counts, area, bbox } of golden.masks) {
    const mask = { height, width, counts: decompressCounts(counts)! };
    assert.deepEqual([...mask.counts], uncompressed);
    assert.equal(rleArea(mask.counts), area);
    assert.deepEqual(boxOf(mask), bbox);
    masks.push(mask);
  }
  for (const crowd of [false, true]) {
    const ious = masks.map((a) => masks.map((b) => rleIou(a, b, crowd)));
    assert.deepEqual(ious, crowd ? golden.iou_crowd : golden.iou);
    const boxes = Float64Array.from(golden.boxes.flat() as number[]);
    const places = golden.boxes.map((_: number[], i: number) => i) as number[];
    const boxIous = places.map((i) => places.map((j) => boxIou(boxes, i, boxes, j, crowd)));
    assert.deepEqual(boxIous, crowd ? golden.box_iou_crowd : golden.box_iou);
  }
  // The file does not say which polygons it merged; these are the ones.
  assert.equal(compressCounts(mergeRles([masks[0], masks[1], masks[3]]).counts), golden.merge_union);
  assert.equal(compressCounts(mergeRles([masks[1], masks[9]], true).counts), golden.merge_intersect);

  const { size: [height, width], counts_length, counts_sha256, area, bbox } = golden.large;
  const bitmap = new Uint8Array(height * width);
  for (let x = 17; x <= 3976; x++) bitmap.fill(1, x * height + 1000, x * height + 2500);
  const large = encodeMask(bitmap, height, width);
  const text = compressCounts(large.counts);
  assert.equal(text.length, counts_length);
  assert.equal(createHash("sha256").update(text).digest("hex"), counts_sha256);
  assert.equal(rleArea(large.counts), area);
  assert.deepEqual(boxOf(large), bbox);
});

const bitmaps = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 })).chain(
  ([height, width]) => {
    const bits = fc.array(fc.constantFrom(0, 1), { minLength: height * width, maxLength: height * width });
    return fc.record({ height: fc.constant(height), width: fc.constant(width), a: bits, b: bits });
  },
);

Deno.test("masks survive run lengths and compression", () => {
  fc.assert(fc.property(bitmaps, ({ height, width, a }) => {
    const rle = encodeMask(Uint8Array.from(a), height, width);
    assert.deepEqual([...decodeMask(rle)], a);
    assert.deepEqual(decompressCounts(compressCounts(rle.counts)), rle.counts);
    assert.equal(rleArea(rle.counts), a.filter(Boolean).length);
  }));
});

Deno.test("union, intersection and IoU are those of the pixels", () => {
  fc.assert(fc.property(bitmaps, ({ height, width, a, b }) => {
    const [first, second] = [a, b].map((bits) => encodeMask(Uint8Array.from(bits), height, width));
    const both = a.map((bit, i) => bit & b[i]), either = a.map((bit, i) => bit | b[i]);
    assert.deepEqual([...decodeMask(mergeRles([first, second]))], either);
    assert.deepEqual([...decodeMask(mergeRles([first, second], true))], both);
    const count = (bits: number[]) => bits.filter(Boolean).length;
    assert.equal(rleIou(first, second, false), count(both) === 0 ? 0 : count(both) / count(either));
    assert.equal(rleIou(first, second, true), count(both) === 0 ? 0 : count(both) / count(a));
  }));
});

Deno.test("the box around a mask touches its outermost pixels", () => {
  fc.assert(fc.property(bitmaps, ({ height, width, a }) => {
    const pixels = a.flatMap((bit, i) => bit ? [[Math.floor(i / height), i % height]] : []);
    const xs = pixels.map(([x]) => x), ys = pixels.map(([, y]) => y);
    const box = boxOf(encodeMask(Uint8Array.from(a), height, width));
    if (pixels.length === 0) assert.deepEqual(box, [0, 0, 0, 0]);
    else {
      const [left, top] = [Math.min(...xs), Math.min(...ys)];
      const [right, bottom] = [Math.max(...xs), Math.max(...ys)];
      // As in pycocotools, ones that go on in the next column count as touching top and bottom.
      assert.equal(box[0], left);
      assert.equal(box[0] + box[2] - 1, right);
      assert.ok(box[1] <= top && box[1] + box[3] - 1 >= bottom);
    }
  }));
});

Deno.test("masks of different sizes overlap by -1 and do not merge", () => {
  const a = encodeMask(Uint8Array.of(1, 1, 1, 1), 2, 2), b = encodeMask(Uint8Array.of(1, 1, 1, 1), 1, 4);
  assert.equal(rleIou(a, b, false), -1);
  refuses(() => mergeRles([a, b]), /2×2 and 1×4/);
});

Deno.test("texts that are no run lengths are refused", () => {
  for (const text of ["~", "\u00e9", "P", "PPPPPPPP0", "0O"]) {
    assert.equal(decompressCounts(text), undefined, text);
  }
});
