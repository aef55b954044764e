import assert from "node:assert/strict";
import { CAMVID_11 } from "../../datasets/camvid/labels.ts";
import { CITYSCAPES_19 } from "../../datasets/cityscapes/labels.ts";
import { COCO_80, COCO_90, isUnused } from "../../datasets/coco/labels.ts";
import { IMAGENET_1000, IMAGENET_1001 } from "../../datasets/imagenet/labels.ts";
import { VOC_21 } from "../../datasets/voc/labels.ts";

Deno.test("every list has as many classes as its name says, each with a name of its own", () => {
  const lists = { CAMVID_11, CITYSCAPES_19, COCO_80, COCO_90, VOC_21 };
  for (const [list, labels] of Object.entries(lists)) {
    assert.equal(labels.length, Number(list.split("_")[1]), list);
    assert.equal(new Set(labels.map(({ name }) => name)).size, labels.length, list);
  }
  // ImageNet calls two classes "crane" and two "maillot": their WordNet ids differ.
  assert.deepEqual([IMAGENET_1000.length, IMAGENET_1001.length], [1000, 1001]);
  assert.equal(new Set(IMAGENET_1000.map(({ wordNetId }) => wordNetId)).size, 1000);
});

Deno.test("COCO's 90 ids are its 80 categories and ten that are unused", () => {
  assert.deepEqual(COCO_90.filter((label) => !isUnused(label)), COCO_80);
  assert.deepEqual(COCO_90.map(({ categoryId }) => categoryId), Array.from({ length: 90 }, (_, i) => i + 1));
});

Deno.test("segmentation classes have the colours of their data sets, and nothing but a name and a colour", () => {
  assert.deepEqual(VOC_21[0], { name: "background", color: [0, 0, 0] });
  assert.deepEqual(VOC_21[15], { name: "person", color: [192, 128, 128] });
  assert.deepEqual(CITYSCAPES_19[11], { name: "person", color: [220, 20, 60] });
  assert.deepEqual(CAMVID_11[9], { name: "pedestrian", color: [64, 64, 0] });
  for (const labels of [VOC_21, CITYSCAPES_19, CAMVID_11]) {
    assert.equal(new Set(labels.map(({ color }) => color.join())).size, labels.length);
    for (const label of labels) assert.deepEqual(Object.keys(label), ["name", "color"]);
  }
});
