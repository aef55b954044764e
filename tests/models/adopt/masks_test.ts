/** Networks of ultralytics that find masks. */
import assert from "node:assert/strict";
import { maskAt } from "../../../heads/mod.ts";
import { Model } from "../../../models/model.ts";
import { type ForeignOutput, ONE_BOX, ONE_MASK, TWO_PROTOTYPES, ULTRALYTICS } from "./foreign_model.ts";
import { adopted, FLOATS, predicted, refused } from "./adoptions.ts";

const MASKS = { ...ULTRALYTICS, task: "segment" };

Deno.test("the masks of an export of ultralytics, in any type", async () => {
  for (const elementType of ["float32", "float16"] as const) {
    const outputs = [ONE_MASK, TWO_PROTOTYPES].map((output) => ({ ...output, elementType }));
    const adoption = await adopted({ outputs, metadata: MASKS });
    assert.equal(adoption.model.hasMasks, true);
    assert.deepEqual(adoption.findings.filter(({ isAssumed }) => isAssumed), []);
    const { detect } = await predicted(adoption);
    const mask = maskAt(detect!, 0)!;
    assert.deepEqual([mask.x, mask.y, mask.width, mask.height], [24, 8, 16, 16]);
    const row = [...mask.data.subarray(0, 16)];
    assert.deepEqual(row, [...new Array(8).fill(0), ...new Array(8).fill(1)]);
  }
  const { model } = await adopted({ outputs: [ONE_BOX], metadata: ULTRALYTICS });
  assert.equal(model.hasMasks, false);
});

const HOSTILE_MASKS: readonly (readonly [string, readonly ForeignOutput[], RegExp])[] = [
  [
    "NaN in a prototype",
    [ONE_MASK, { ...TWO_PROTOTYPES, values: [NaN] }],
    /detect.prototypes is not a number/,
  ],
  [
    "an infinite prototype",
    [ONE_MASK, { ...TWO_PROTOTYPES, values: [Infinity] }],
    /detect.prototypes is not a number/,
  ],
  ["more prototypes than coefficients", [ONE_MASK, FLOATS("output1", 1, 7, 2, 2)], /not read as any kind/],
  ["fewer", [ONE_MASK, FLOATS("output1", 1, 1, 2, 2)], /returns 3 classes, but 2 are named/],
  [
    "more prototypes than any network",
    [FLOATS("output0", 1, 2000, 3000), FLOATS("output1", 1, 1994, 1, 1)],
    /coefficients must be a whole number from 0 to 1024/,
  ],
  [
    "prototypes of a batch",
    [ONE_MASK, FLOATS("output1", 3, 2, 2, 2)],
    /detect.prototypes is of shape \[3, 2, 2, 2\]/,
  ],
  [
    "prototypes without pixels",
    [ONE_MASK, { ...TWO_PROTOTYPES, shape: [1, 2, 0, 2] }],
    /detect.prototypes is of shape \[1, 2, 0, 2\]/,
  ],
  [
    "prototypes of integers",
    [ONE_MASK, { ...TWO_PROTOTYPES, elementType: "int64" }],
    /returns 4 classes, but 2 are named/,
  ],
  ["NaN in a coefficient", [
    { ...ONE_MASK, values: [...ONE_MASK.values.slice(0, 54), ...new Array(18).fill(NaN)] },
    TWO_PROTOTYPES,
  ], /detect.predictions is not a number/],
];

for (const [what, outputs, message] of HOSTILE_MASKS) {
  Deno.test(`hostile masks are refused by name: ${what}`, async () => {
    assert.match((await refused({ outputs, metadata: MASKS })).message, message);
  });
}

Deno.test("masks are made one by one: those of many objects in a large image take no memory", async () => {
  const [boxes, side] = [300, 64];
  const rows = Array.from({ length: boxes }, (_, k) => [0, 0, 32, 32, 0.9 - k / 1000, k % 2, 1, 1]);
  const adoption = await adopted({
    outputs: [
      { name: "output0", shape: [1, boxes, 8], values: rows.flat() },
      FLOATS("output1", 1, 2, side, side),
    ],
    metadata: { ...MASKS, end2end: "True" },
  });
  const model = await Model.open(adoption.model);
  try {
    const [width, height] = [3000, 2000];
    const image = { width, height, data: new Uint8Array(width * height * 3) };
    const { detect } = await model.predict(image, { detect: { score: 0.25, max: boxes } });
    assert.equal(detect!.count, boxes);
    assert.equal(detect!.masks!.prototypes.data.length, 2 * side * side);
    assert.deepEqual(maskAt(detect!, boxes - 1)!.data.length, width * height);
  } finally {
    await model.close();
  }
});
