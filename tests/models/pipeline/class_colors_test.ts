import assert from "node:assert/strict";
import { boxColor } from "../../../core/images/mod.ts";
import { boxColors } from "../../../models/pipeline/mod.ts";
import { findModel } from "../../../models/registry.ts";

Deno.test("boxes have the colours of the pixels of their class, by either name of it, and the palette's where one is chosen", () => {
  const { labels } = findModel("everyday");
  const colors = boxColors(labels);
  const box = (name: string) => colors[labels.detect!.findIndex((label) => label.name === name)];
  const pixels = (name: string) => labels.segment!.find((label) => label.name === name)!.color;
  assert.deepEqual(box("person"), pixels("person"));
  assert.deepEqual(box("couch"), pixels("sofa"));
  assert.deepEqual(box("tv"), pixels("tv monitor"));
  const kite = labels.detect!.findIndex(({ name }) => name === "kite");
  assert.deepEqual(colors[kite], boxColor(kite));
  const red = [255, 0, 0] as const;
  const painted = boxColors(labels, labels.segment!.map(() => red));
  assert.deepEqual(painted[0], red);
  assert.deepEqual(painted[kite], boxColor(kite));
});
