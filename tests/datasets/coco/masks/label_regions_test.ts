import assert from "node:assert/strict";
import fc from "fast-check";
import { labelRegions } from "../../../../datasets/coco/masks/label_regions.ts";
import { maskPolygons } from "../../../../datasets/coco/masks/outlines.ts";
import { rasterizePolygon } from "../../../../datasets/coco/masks/polygon.ts";
import { decodeMask, encodeMask, mergeRles, rleBox } from "../../../../datasets/coco/masks/rle.ts";

const labelMaps = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })).chain(
  ([width, height]) =>
    fc.array(fc.integer({ min: 0, max: 2 }), { minLength: width * height, maxLength: width * height })
      .map((values) => ({ width, height, data: Uint8Array.from(values) })),
);

/** The part of each pixel by flooding, −1 for label 0. */
function flooded({ width, height, data }: { width: number; height: number; data: Uint8Array }): Int32Array {
  const parts = new Int32Array(data.length).fill(-1);
  for (let start = 0; start < data.length; start++) {
    if (data[start] === 0 || parts[start] >= 0) continue;
    const stack = [start];
    parts[start] = start;
    while (stack.length > 0) {
      const at = stack.pop()!;
      for (let dy = -1; dy <= 1; dy++) {
        for (let dx = -1; dx <= 1; dx++) {
          const x = at % width + dx, y = Math.floor(at / width) + dy;
          const near = y * width + x;
          if (x < 0 || y < 0 || x >= width || y >= height || parts[near] >= 0) continue;
          if (data[near] !== data[start]) continue;
          parts[near] = start;
          stack.push(near);
        }
      }
    }
  }
  return parts;
}

Deno.test("regions are the connected parts of each label, with their area, box and mean weight", () => {
  fc.assert(fc.property(labelMaps, (labels) => {
    const { width, height, data } = labels;
    const parts = flooded(labels);
    const weights = Uint8Array.from(data, (_, i) => i * 7 % 256);
    const regions = labelRegions(labels, { leaveOut: new Set([0]), weights });
    assert.equal(regions.length, new Set(parts.filter((part) => part >= 0)).size);
    for (const { label, mask, area, box, weight } of regions) {
      const columns = decodeMask(mask);
      const places = [...columns.keys()].filter((i) => columns[i] === 1)
        .map((i) => (i % height) * width + Math.floor(i / height));
      assert.equal(places.length, area);
      assert.equal(new Set(places.map((place) => parts[place])).size, 1);
      assert.equal(parts.filter((part) => part === parts[places[0]]).length, area);
      assert.ok(places.every((place) => data[place] === label));
      const expected = new Float64Array(4);
      rleBox(mask.counts, 0, mask.counts.length, height, width, expected, 0);
      assert.deepEqual([...box], [...expected]);
      const mean = places.reduce((sum, place) => sum + weights[place], 0) / area;
      assert.ok(Math.abs(weight - mean) < 1e-9);
      // The same runs as any other writer of COCO's masks has.
      assert.deepEqual(mask, encodeMask(columns, height, width));
    }
  }));
});

Deno.test("whole classes are one region each", () => {
  fc.assert(fc.property(labelMaps, (labels) => {
    const regions = labelRegions(labels, { leaveOut: new Set([0]), wholeClasses: true });
    const present = new Set(labels.data.filter((label) => label > 0));
    assert.deepEqual(new Set(regions.map(({ label }) => label)), present);
    for (const { label, area } of regions) {
      assert.equal(area, labels.data.filter((value) => value === label).length);
    }
  }));
});

Deno.test("polygons give the mask back to the pixel, with its holes and corners", () => {
  fc.assert(
    fc.property(labelMaps, ({ width, height, data }) => {
      const mask = encodeMask(data.map((label) => label > 0 ? 1 : 0), height, width);
      const polygons = maskPolygons(mask);
      if (polygons.length === 0) return assert.ok(data.every((label) => label === 0));
      assert.ok(polygons.every((polygon) => polygon.length >= 8));
      const merged = mergeRles(polygons.map((polygon) => rasterizePolygon(polygon, height, width)));
      assert.deepEqual(decodeMask(merged), decodeMask(mask));
      const doubleArea = polygons.reduce((sum, p) => {
        for (let i = 0; i < p.length; i += 2) {
          const next = (i + 2) % p.length;
          sum += p[i] * p[next + 1] - p[next] * p[i + 1];
        }
        return sum;
      }, 0);
      // No polygon covers what another does.
      assert.equal(doubleArea / 2, data.filter((label) => label > 0).length);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a chessboard of half a million parts is many polygons, and no limit of the engine is met", () => {
  const [width, height] = [1000, 1000];
  const data = Uint8Array.from({ length: width * height }, (_, i) => (i % width + Math.floor(i / width)) % 2);
  const [region, ...others] = labelRegions({ width, height, data }, { leaveOut: new Set([0]) });
  assert.equal(others.length, 0);
  assert.equal(maskPolygons(region.mask).length, region.area);
});
