import assert from "node:assert/strict";
import fc from "fast-check";
import { readAnnotations } from "../../../../datasets/coco/files/annotations.ts";
import { DetectionList, detectionsToJson } from "../../../../datasets/coco/files/detection_list.ts";
import { readDetections } from "../../../../datasets/coco/files/detections.ts";
import { encodeMask } from "../../../../datasets/coco/masks/rle.ts";
import { json, refuses, text } from "../support.ts";

const truth = readAnnotations(
  json({
    images: [{ id: 3, width: 4, height: 2 }, { id: 8, width: 4, height: 2 }],
    annotations: [],
    categories: [{ id: 1 }],
  }, "gt.json"),
);

Deno.test("detections survive being written and read, to the bit", () => {
  const number = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  const size = fc.double({ min: 0, max: 1e6, noNaN: true });
  const detection = fc.record({
    imageId: fc.constantFrom(3, 8),
    categoryId: fc.constant(1),
    box: fc.tuple(number, number, size, size),
    score: number,
  });
  fc.assert(
    fc.property(fc.array(detection, { minLength: 1 }), fc.boolean(), (detections, withMasks) => {
      const list = new DetectionList(truth);
      detections.forEach((one, i) => {
        const mask = encodeMask(Uint8Array.from({ length: 8 }, (_, k) => (i * 37 >> k) & 1), 2, 4);
        list.add(withMasks ? { ...one, mask } : one);
      });
      const made = list.finish();
      const written = [...detectionsToJson(made, truth)].join("");
      const read = readDetections(text(written), truth, { masks: withMasks });
      const plain = <T extends { name: string; warnings: readonly string[] }>(
        { name: _, warnings: __, ...rest }: T,
      ) =>
        // The sign of zero is not written.
        JSON.parse(JSON.stringify(rest));
      assert.deepEqual(plain(read), plain(made));
    }),
    { numRuns: 200 },
  );
});

Deno.test("a long list is written in pieces", () => {
  const list = new DetectionList(truth);
  for (let i = 0; i < 5000; i++) list.add({ imageId: 3, categoryId: 1, box: [0, 0, 1, 1], score: i });
  const pieces = [...detectionsToJson(list.finish(), truth)];
  assert.ok(pieces.length > 1);
  assert.equal((JSON.parse(pieces.join("")) as unknown[]).length, 5000);
});

Deno.test("no detections are written as an empty list", () => {
  assert.deepEqual(JSON.parse([...detectionsToJson(new DetectionList(truth).finish(), truth)].join("")), []);
});

Deno.test("what does not fit the annotations is refused", () => {
  const list = new DetectionList(truth, "found.json");
  const good = { imageId: 3, categoryId: 1, box: [0, 0, 1, 1] as const, score: 0.5 };
  refuses(() => list.add({ ...good, imageId: 4 }), /found\.json: image 4 is not in gt\.json/);
  refuses(() => list.add({ ...good, categoryId: 2 }), /found\.json: category 2 is not in gt\.json/);
  refuses(() => list.add({ ...good, score: NaN }), /found\.json: a detection of image 3 has NaN/);
});
