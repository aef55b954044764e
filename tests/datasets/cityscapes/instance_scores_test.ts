import assert from "node:assert/strict";
import fc from "fast-check";
import type { LabelMap } from "../../../core/images/image.ts";
import {
  AVERAGE_CLASS_SIZE,
  INSTANCE_CATEGORIES,
  INSTANCE_CLASSES,
  InstanceScores,
  tallyInstances,
} from "../../../datasets/cityscapes/instance_scores.ts";
import { PIXEL_LABELS } from "../../../datasets/cityscapes/labels.ts";
import { cityscapesIndex } from "../../../datasets/cityscapes/prediction_ids.ts";
import { pairOf } from "../segmentation/support.ts";

const LABEL_IDS = cityscapesIndex("labelIds").prediction.placeOf;

/** The official script's loop over instances, a mask at a time. */
function plainTally(prediction: LabelMap, instances: LabelMap): number[] {
  const ids = [...new Set(instances.data)].filter((id) => id > 1000).sort((a, b) => a - b);
  return ids.flatMap((id) => {
    const label = PIXEL_LABELS[Math.floor(id / 1000)];
    if (label.ignoreInEval) return [];
    const predicted = [...prediction.data].filter((_, i) => instances.data[i] === id);
    const inCategory = predicted.filter((value) => PIXEL_LABELS[value].category === label.category);
    return [
      label.id,
      predicted.length,
      predicted.filter((value) => value === label.id).length,
      inCategory.length,
    ];
  });
}

const INSTANCES = [7, 26, 1001, 1023, 1024, 9001, 24000, 24001, 26001, 26003, 29001, 33999];
const PREDICTED = [7, 24, 25, 26, 29, 30, 33];

Deno.test("tallyInstances() finds what the official loop over masks finds", () => {
  fc.assert(
    fc.property(pairOf(INSTANCES, true), pairOf(PREDICTED), ({ truth }, { prediction: { data } }) => {
      const values = Uint8Array.from(truth.data, (_, i) => data[i % data.length]);
      const prediction = { ...truth, data: values };
      const expected = plainTally(prediction, truth);
      assert.deepEqual([...tallyInstances(values, LABEL_IDS, truth, "i.png")], expected);
      const wide = Uint16Array.from(values);
      assert.deepEqual([...tallyInstances(wide, LABEL_IDS, truth, "i.png")], expected);
    }),
    { numRuns: 200 },
  );
});

Deno.test("tallyInstances() reads views that do not begin at a whole word", () => {
  const ids = Uint16Array.from([0, 26001, 26001, 26001, 24001, 24001, 7, 7]);
  const values = Uint8Array.from([0, 0, 26, 26, 27, 24, 25, 7, 7]);
  const instances = { width: 7, height: 1, data: ids.subarray(1) };
  assert.deepEqual([...tallyInstances(values.subarray(2), LABEL_IDS, instances, "i.png")], [
    24,
    2,
    1,
    2,
    26,
    3,
    2,
    3,
  ]);
});

Deno.test("an 8-bit image of instances holds none", () => {
  const instances = { width: 2, height: 1, data: Uint8Array.of(26, 255) };
  assert.equal(tallyInstances(Uint8Array.of(26, 26), LABEL_IDS, instances, "i.png").length, 0);
});

Deno.test("instances of no class, or of one without instances, are refused by file and id", () => {
  const refused = (id: number, message: RegExp) => {
    const instances = { width: 1, height: 1, data: Uint16Array.of(id) };
    assert.throws(() => tallyInstances(Uint8Array.of(7), LABEL_IDS, instances, "x/i.png"), message);
  };
  refused(34000, /cannot use x\/i\.png: instance id 34000 .*\(there is no label 34\)/);
  refused(65535, /there is no label 65/);
  refused(7001, /instance id 7001 .*\(road has no instances\)/);
});

Deno.test("classes and categories with instance scores are the official ones", () => {
  assert.deepEqual(INSTANCE_CLASSES, [
    "person",
    "rider",
    "car",
    "truck",
    "bus",
    "train",
    "motorcycle",
    "bicycle",
  ]);
  assert.deepEqual([...INSTANCE_CATEGORIES], [["human", [24, 25]], ["vehicle", [
    26,
    27,
    28,
    29,
    30,
    31,
    32,
    33,
  ]]]);
});

Deno.test("an object weighs the mean size of its class whatever its own size", () => {
  const scores = new InstanceScores();
  scores.addTally(Float64Array.of(26, 10, 4, 5, 26, 1000, 1000, 1000));
  const { classes, categories } = scores.result();
  const [small, large] = [AVERAGE_CLASS_SIZE.car / 10, AVERAGE_CLASS_SIZE.car / 1000];
  assert.deepEqual(classes.car, {
    tp: 1004,
    tpWeighted: 4 * small + 1000 * large,
    fn: 6,
    fnWeighted: 6 * small,
  });
  assert.equal(categories.vehicle.tp, 1005);
  assert.equal(categories.human.tp, 0);
});

Deno.test("damaged instance statistics are refused", () => {
  const sound = JSON.parse(JSON.stringify(new InstanceScores()));
  const car = { tp: 1, fn: 0, tpWeighted: [1], fnWeighted: [] };
  assert.equal(
    InstanceScores.fromJSON({ ...sound, classes: { ...sound.classes, car } }, "s").result().classes.car.tp,
    1,
  );
  for (const change of [{ tp: -1 }, { fn: "1" }, { tpWeighted: 3 }, { fnWeighted: [null] }]) {
    const damaged = { ...sound, classes: { ...sound.classes, car: { ...car, ...change } } };
    assert.throws(
      () => InstanceScores.fromJSON(damaged, "s.json"),
      /s\.json: its instance statistics are damaged/,
    );
  }
  assert.throws(() => InstanceScores.fromJSON(null, "s.json"), /damaged/);
});
