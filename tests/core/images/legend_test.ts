import assert from "node:assert/strict";
import fc from "fast-check";
import type { RgbImage } from "../../../core/images/image.ts";
import { type LegendEntry, withLegendStrip, withRegionLabels } from "../../../core/images/legend.ts";

const ROAD: LegendEntry = { id: 0, name: "road", color: [200, 0, 0], share: 0.6 };
const SKY: LegendEntry = { id: 1, name: "sky", color: [0, 0, 200], share: 0.4 };

function plain(width: number, height: number, value = 128): RgbImage {
  return { width, height, data: new Uint8Array(width * height * 3).fill(value) };
}

/** Where a colour occurs: `[left, top, right, bottom]`, the last two outside; with how many pixels. */
function found({ width, data }: RgbImage, [red, green, blue]: readonly number[]) {
  let [left, top, right, bottom, count] = [Infinity, Infinity, 0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    if (data[i] !== red || data[i + 1] !== green || data[i + 2] !== blue) continue;
    const [x, y] = [i / 3 % width, Math.floor(i / 3 / width)];
    [left, top, right, bottom] = [
      Math.min(left, x),
      Math.min(top, y),
      Math.max(right, x + 1),
      Math.max(bottom, y + 1),
    ];
    count++;
  }
  return { left, top, right, bottom, count };
}

Deno.test("a strip is added below the picture, which stays as it is", async () => {
  const image = plain(480, 360);
  const drawn = await withLegendStrip(image, [SKY, ROAD]);
  assert.equal(drawn.width, 480);
  assert.ok(drawn.height > 370 && drawn.height < 400, `${drawn.height}`);
  assert.deepEqual(drawn.data.subarray(0, image.data.length), image.data);
  const [road, sky] = [found(drawn, ROAD.color), found(drawn, SKY.color)];
  assert.equal(road.count, 11 * 11);
  assert.equal(sky.count, 11 * 11);
  assert.ok(road.right < sky.left, "the largest class is first");
  assert.equal(road.top, sky.top);
});

Deno.test("many classes take several lines, and those beyond half the picture are counted", async () => {
  const entries = Array.from({ length: 60 }, (_, id): LegendEntry => ({
    id,
    name: `class ${id}`,
    color: [id, 255 - id, 77],
    share: 1 / 60,
  }));
  const drawn = await withLegendStrip(plain(200, 120), entries);
  assert.ok(drawn.height > 150 && drawn.height <= 120 + 60 + 8, `${drawn.height}`);
  const shown = entries.filter(({ color }) => found(drawn, color).count > 0).length;
  assert.ok(shown > 2 && shown < 10, `${shown}`);
  const wide = await withLegendStrip(plain(2000, 1500), entries);
  assert.equal(entries.filter(({ color }) => found(wide, color).count > 0).length, 60);
});

Deno.test("any picture can have a strip", async () => {
  const size = fc.integer({ min: 1, max: 90 });
  const entry = fc.record({
    id: fc.integer({ min: 0, max: 255 }),
    name: fc.string({ maxLength: 30 }),
    color: fc.constant([1, 2, 3] as const),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  await fc.assert(
    fc.asyncProperty(size, size, fc.array(entry, { maxLength: 12 }), async (width, height, entries) => {
      const drawn = await withLegendStrip(plain(width, height), entries);
      assert.equal(drawn.data.length, drawn.width * drawn.height * 3);
      assert.ok(drawn.data.subarray(0, width * height * 3).every((value) => value === 128));
      const labels = { width, height, data: new Uint8Array(width * height) };
      assert.equal((await withRegionLabels(plain(width, height), labels, entries)).height, height);
    }),
    { numRuns: 60 },
  );
});

Deno.test("regions are named where they are widest", async () => {
  const labels = { width: 400, height: 300, data: new Uint8Array(400 * 300) };
  // Sky: a thin band on the left and a square of 200 at the right.
  for (let y = 0; y < 300; y++) {
    for (let x = 0; x < 400; x++) if (x < 10 || (x >= 200 && y < 200)) labels.data[y * 400 + x] = 1;
  }
  const drawn = await withRegionLabels(plain(400, 300), labels, [ROAD, SKY]);
  const sky = found(drawn, SKY.color);
  assert.ok(sky.left > 250 && sky.right < 350 && sky.top > 80 && sky.bottom < 120, JSON.stringify(sky));
  const road = found(drawn, ROAD.color);
  assert.ok(road.right <= 200 || road.top >= 200, JSON.stringify(road));
});

Deno.test("small classes are not named, and tags do not cover each other", async () => {
  const labels = { width: 100, height: 100, data: new Uint8Array(10_000) };
  labels.data[5050] = 1;
  const small = await withRegionLabels(plain(100, 100), labels, [ROAD, { ...SKY, share: 0.0001 }]);
  assert.equal(found(small, SKY.color).count, 0);
  labels.data.fill(1, 4800, 5200);
  const covered = await withRegionLabels(plain(100, 100), labels, [{ ...ROAD, id: 1 }, { ...SKY, id: 1 }]);
  assert.equal(found(covered, SKY.color).count, 0);
});
