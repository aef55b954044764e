import assert from "node:assert/strict";
import { deepLabV3 } from "../../heads/mod.ts";
import { builtHead } from "./built_head.ts";

Deno.test("DeepLabV3 joins dilated convolutions, and refines what they project to", () => {
  assert.deepEqual(builtHead(deepLabV3({ classes: 21, features: "high", filters: 8 })), {
    outputs: { logits: [1, 21, 7, 17] },
    weights: [
      "segment.aspp.direct.weight [8,32,1,1]",
      "segment.aspp.dilated12.weight [8,32,3,3]",
      "segment.aspp.dilated24.weight [8,32,3,3]",
      "segment.aspp.dilated36.weight [8,32,3,3]",
      "segment.aspp.image.weight [8,32,1,1]",
      "segment.aspp.project.weight [8,40,1,1]",
      "segment.refine.weight [8,8,3,3]",
      "segment.logits.weight [21,8,1,1]",
      "segment.logits.bias [21]",
    ],
  });
});

Deno.test("DeepLabV3's auxiliary classifier works on finer features, where asked for", () => {
  const { outputs, weights } = builtHead(deepLabV3({ classes: 21, features: "high", auxiliary: "low" }));
  assert.deepEqual(outputs, { logits: [1, 21, 7, 17], auxiliary: [1, 21, 13, 33] });
  assert.deepEqual(weights.slice(-3), [
    "segment.auxiliary.refine.weight [3,12,3,3]",
    "segment.auxiliary.weight [21,3,1,1]",
    "segment.auxiliary.bias [21]",
  ]);
});

Deno.test("its logits are read at the size of the image", () => {
  const view = { width: 260, height: 100, inputWidth: 260, inputHeight: 100 };
  const logits = { shape: [1, 2, 7, 17], data: new Float32Array(2 * 7 * 17) };
  const { classes, imageWidth, imageHeight } = deepLabV3({ classes: 2, features: "high" }).decode(
    { logits },
    view,
    {},
  );
  assert.deepEqual([classes, imageWidth, imageHeight], [2, 260, 100]);
});
