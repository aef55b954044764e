import assert from "node:assert/strict";
import fc from "fast-check";
import { objectMask } from "../../heads/mod.ts";
import { encodeMask, encodeRegion } from "../../datasets/coco/mod.ts";

/** Rows of digits as a label map. */
function labelMap(...rows: string[]) {
  return { width: rows[0].length, height: rows.length, data: Uint8Array.from(rows.join("")) };
}

Deno.test("a mask is the largest connected part of its class inside the box", () => {
  const labels = labelMap("1100", "1001", "0011", "2011");
  assert.deepEqual(objectMask(labels, 1, { x1: 0, y1: 0, x2: 4, y2: 4 }), {
    x: 2,
    y: 1,
    width: 2,
    height: 3,
    data: Uint8Array.of(0, 1, 1, 1, 1, 1),
  });
  assert.deepEqual(objectMask(labels, 1, { x1: -3, y1: -3, x2: 2, y2: 2 })?.data, Uint8Array.of(1, 1, 1, 0));
  assert.equal(objectMask(labels, 3, { x1: 0, y1: 0, x2: 4, y2: 4 }), undefined);
  assert.equal(objectMask(labels, 1, { x1: 1, y1: 1, x2: 1, y2: 3 }), undefined);
});

Deno.test("parts that touch by their corners belong together", () => {
  const mask = objectMask(labelMap("10", "01"), 1, { x1: 0, y1: 0, x2: 2, y2: 2 });
  assert.deepEqual(mask?.data, Uint8Array.of(1, 0, 0, 1));
});

Deno.test("the run lengths of a mask's region are those of the whole mask", () => {
  fc.assert(fc.property(
    fc.record({ width: fc.integer({ min: 1, max: 7 }), height: fc.integer({ min: 1, max: 7 }) }),
    fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 49, maxLength: 49 }),
    fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 4, maxLength: 4 }),
    ({ width, height }, values, [x1, y1, x2, y2]) => {
      const labels = { width, height, data: Uint8Array.from(values.slice(0, width * height)) };
      const mask = objectMask(labels, 1, { x1, y1, x2, y2 });
      if (!mask) return;
      const columns = new Uint8Array(width * height);
      mask.data.forEach((value, at) => {
        const [x, y] = [mask.x + at % mask.width, mask.y + Math.floor(at / mask.width)];
        columns[x * height + y] = value;
        if (value) assert.equal(labels.data[y * width + x], 1);
      });
      assert.deepEqual(encodeRegion(mask, height, width), encodeMask(columns, height, width));
    },
  ));
});
