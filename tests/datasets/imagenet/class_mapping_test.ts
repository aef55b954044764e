import assert from "node:assert/strict";
import { mapOutputs } from "../../../datasets/imagenet/class_mapping.ts";
import { BACKGROUND } from "../../../datasets/imagenet/mod.ts";
import { IMAGENET_1000, IMAGENET_1001 } from "../../../datasets/imagenet/labels.ts";

const FISH = [{ wnid: "n01443537", label: "goldfish" }, { wnid: "n01440764", label: "tench" }];

Deno.test("without a table the classes are the classifier's own, after its background", () => {
  const [plain, behind] = [mapOutputs(IMAGENET_1000, undefined), mapOutputs(IMAGENET_1001, undefined)];
  assert.deepEqual(plain.classes, behind.classes);
  assert.deepEqual(plain.classes[0], { wnid: "n01440764", label: IMAGENET_1000[0].name });
  assert.deepEqual([plain.classOf.length, plain.classOf[0], plain.classOf[999]], [1000, 0, 999]);
  assert.deepEqual([behind.classOf.length, behind.classOf[0], behind.classOf[1000]], [1001, BACKGROUND, 999]);
});

Deno.test("a table's classes are found by their WordNet ids, whatever their order and number", () => {
  const { classes, classOf } = mapOutputs(IMAGENET_1001, FISH);
  assert.deepEqual(classes, FISH);
  assert.deepEqual(classOf.slice(0, 4), [BACKGROUND, 1, 0, BACKGROUND]);
});

Deno.test("classes without WordNet ids are matched by their places", () => {
  const named = (count: number) => Array.from({ length: count }, (_, k) => ({ name: `class ${k}` }));
  assert.deepEqual(mapOutputs(named(2), FISH).classOf, [0, 1]);
  assert.deepEqual(mapOutputs(named(3), FISH).classOf, [BACKGROUND, 0, 1]);
  assert.throws(() => mapOutputs(named(5), FISH), /the model has 5 outputs and the data set 2 classes/);
});

Deno.test("a table with a class that the classifier does not know is refused", () => {
  const table = [...FISH, { wnid: "n99999999", label: "unicorn" }];
  assert.throws(
    () => mapOutputs(IMAGENET_1000, table),
    /does not know every class of the table: n99999999 \(unicorn\)/,
  );
});
