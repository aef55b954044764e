import assert from "node:assert/strict";
import { CAMVID_11 } from "../../../datasets/camvid/labels.ts";
import { COCO_80 } from "../../../datasets/coco/labels.ts";
import { VOC_21 } from "../../../datasets/voc/labels.ts";
import { pixelClasses } from "../../../models/pipeline/object_masks.ts";

/** The classes that have masks, with the name of their pixels. */
function pairs(pixels: readonly { readonly name: string }[]): string[] {
  return [...pixelClasses(COCO_80, pixels)].flatMap((label, k) =>
    label < 0 ? [] : [`${COCO_80[k].name}: ${pixels[label].name}`]
  );
}

Deno.test("all of VOC's classes but the background are classes of COCO's objects", () => {
  assert.equal(pairs(VOC_21).length, 20);
  assert.ok(pairs(VOC_21).includes("motorcycle: motorbike"));
});

Deno.test("of CamVid's classes, cars and pedestrians are", () => {
  assert.deepEqual(pairs(CAMVID_11), ["person: pedestrian", "car: car"]);
});
