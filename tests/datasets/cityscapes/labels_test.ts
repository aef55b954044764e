import assert from "node:assert/strict";
import {
  CITYSCAPES_CATEGORIES,
  CITYSCAPES_LABELS,
  EVALUATED_LABELS,
  PIXEL_LABELS,
} from "../../../datasets/cityscapes/labels.ts";
import { shared, testWithShared } from "../../support/shared.ts";

testWithShared(
  "golden/cityscapes_labels.json",
  "the label table is the official one, row by row",
  async () => {
    const golden = JSON.parse(await Deno.readTextFile(shared("golden/cityscapes_labels.json")));
    assert.deepEqual(JSON.parse(JSON.stringify(CITYSCAPES_LABELS)), golden);
  },
);

Deno.test("the labels of pixels stand at the index of their id, the scored ones at that of their trainId", () => {
  assert.deepEqual(PIXEL_LABELS.map(({ id }) => id), Array.from({ length: 34 }, (_, id) => id));
  assert.deepEqual(EVALUATED_LABELS.map(({ trainId }) => trainId), Array.from({ length: 19 }, (_, id) => id));
  assert.deepEqual(CITYSCAPES_CATEGORIES, [
    "void",
    "flat",
    "construction",
    "object",
    "nature",
    "sky",
    "human",
    "vehicle",
  ]);
});
