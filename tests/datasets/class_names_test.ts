import assert from "node:assert/strict";
import { classKey, findClass } from "../../datasets/class_names.ts";
import { mapCategories, readAnnotations } from "../../datasets/coco/mod.ts";
import { matchClasses } from "../../datasets/segmentation/mod.ts";
import { COCO_80 } from "../../datasets/coco/labels.ts";
import { VOC_21 } from "../../datasets/voc/labels.ts";

Deno.test("a class is found by what COCO and VOC call it, whatever its signs and capitals", () => {
  const names = (found: number[]) => found.map((k) => COCO_80[k]?.name);
  const wanted = ["aeroplane", "TV-monitor", "tvmonitor", "Sofa", "diningtable", "potted_plant", "motorbike"];
  assert.deepEqual(
    names(wanted.map((name) => findClass(name, COCO_80))),
    ["airplane", "tv", "tv", "couch", "dining table", "potted plant", "motorcycle"],
  );
  assert.equal(findClass("tv monito", COCO_80), -1);
  assert.equal(classKey("人"), "人");
});

Deno.test("a class of the very name comes before one of another name for the same", () => {
  const classes = [{ name: "pedestrian" }, { name: "person" }];
  assert.equal(findClass("person", classes), 1);
  assert.equal(findClass("pedestrian", classes), 0);
});

Deno.test("detectors are scored on sets that call their classes otherwise", () => {
  const categories = [{ id: 3, name: "tvmonitor" }, { id: 4, name: "person" }, { id: 5, name: "pedestrian" }];
  const bytes = new TextEncoder().encode(JSON.stringify({ images: [], annotations: [], categories }));
  const truth = readAnnotations({ name: "voc.json", bytes });
  const { categoryIds, warnings } = mapCategories({ name: "d", classes: COCO_80 }, truth);
  assert.equal(categoryIds[COCO_80.findIndex(({ name }) => name === "tv")], 3);
  assert.equal(categoryIds[COCO_80.findIndex(({ name }) => name === "person")], 4);
  assert.match(warnings.join("\n"), /does not know pedestrian/);
});

Deno.test("decoders are scored on sets that call their classes otherwise", () => {
  const list = { classes: [{ id: 7, name: "airplane" }, { id: 9, name: "couch" }], ignore: [255] };
  const { ids } = matchClasses(VOC_21.map(({ name }) => name), list);
  assert.equal(ids[VOC_21.findIndex(({ name }) => name === "aeroplane")], 7);
  assert.equal(ids[VOC_21.findIndex(({ name }) => name === "sofa")], 9);
});
