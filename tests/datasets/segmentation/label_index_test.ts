import assert from "node:assert/strict";
import { classIndex, NO_CLASS } from "../../../datasets/segmentation/mod.ts";
import { UNKNOWN_VALUE } from "../../../datasets/segmentation/label_index.ts";

const LIST = { classes: [{ id: 4, name: "road" }, { id: 9, name: "car" }], ignore: [] };

Deno.test("values have the places of their classes in the order of the list, others none", () => {
  const { size, truth, prediction } = classIndex({ ...LIST, ignore: [255] });
  assert.equal(size, 3);
  assert.deepEqual([4, 9, 255, 5].map((value) => truth.placeOf[value]), [0, 1, 2, UNKNOWN_VALUE]);
  assert.deepEqual(prediction, truth);
  assert.equal(truth.known, "4, 9 and 255; other ids have to be ignored or mapped to these");
});

Deno.test("a map can send values to no class at all, also where nothing is ignored", () => {
  const { truth, prediction } = classIndex(LIST, { predictionMap: new Map([[255, NO_CLASS], [5, 9]]) });
  assert.deepEqual([255, 5, 9].map((value) => prediction.placeOf[value]), [2, 1, 1]);
  assert.equal(truth.placeOf[255], UNKNOWN_VALUE);
  assert.throws(() => classIndex(LIST, { predictionMap: new Map([[1, 7]]) }), /maps 1 to 7/);
});
