import assert from "node:assert/strict";
import { EVALUATED_LABELS } from "../../../datasets/cityscapes/labels.ts";
import { reachableLabelIds, streetMapping } from "../../../datasets/segmentation/street_mapping.ts";

const CAMVID = [
  "sky",
  "building",
  "pole",
  "road",
  "pavement",
  "tree",
  "sign_symbol",
  "fence",
  "car",
  "pedestrian",
  "bicyclist",
];

Deno.test("CamVid's eleven classes become Cityscapes' trainIds and labelIds", () => {
  const mapping = streetMapping(CAMVID);
  assert.deepEqual([...mapping.trainIds], [10, 2, 5, 0, 1, 8, 7, 4, 13, 11, 12]);
  assert.deepEqual([...mapping.labelIds], [23, 11, 17, 7, 8, 21, 20, 13, 26, 24, 25]);
  assert.deepEqual(mapping.unmatched, []);
  assert.deepEqual(mapping.missing, [
    "wall",
    "traffic light",
    "terrain",
    "truck",
    "bus",
    "train",
    "motorcycle",
    "bicycle",
  ]);
  assert.deepEqual(mapping.matched[6], { name: "sign_symbol", cityscapes: "traffic sign" });
});

Deno.test("capitals, spaces and signs in names do not matter", () => {
  assert.deepEqual(streetMapping(["Sky", "SignSymbol", "Column_Pole"]).trainIds, Uint8Array.of(10, 7, 5));
});

Deno.test("Cityscapes' own classes map to themselves", () => {
  const mapping = streetMapping(EVALUATED_LABELS.map(({ name }) => name));
  assert.deepEqual([...mapping.trainIds], EVALUATED_LABELS.map(({ trainId }) => trainId));
  assert.deepEqual(mapping.missing, []);
});

Deno.test("classes that Cityscapes does not score are named and become unlabeled", () => {
  const mapping = streetMapping(["person", "sheep", "parking", "motorbike"]);
  assert.deepEqual(mapping.unmatched, ["sheep", "parking"]);
  assert.deepEqual([...mapping.trainIds], [11, 255, 255, 17]);
  assert.deepEqual([...mapping.labelIds], [24, 0, 0, 32]);
  assert.deepEqual(reachableLabelIds(mapping), new Set([24, 32]));
});
