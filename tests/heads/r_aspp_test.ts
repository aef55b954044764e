import assert from "node:assert/strict";
import { rAspp } from "../../heads/mod.ts";
import { builtHead } from "./built_head.ts";

Deno.test("R-ASPP joins a 1×1 convolution with the pooled features of the image", () => {
  assert.deepEqual(builtHead(rAspp({ classes: 19, features: "high", filters: 8 })), {
    outputs: { logits: [1, 19, 7, 17] },
    weights: [
      "segment.reduce.weight [8,32,1,1]",
      "segment.image.weight [8,32,1,1]",
      "segment.project.weight [8,16,1,1]",
      "segment.logits.weight [19,8,1,1]",
      "segment.logits.bias [19]",
    ],
  });
});

Deno.test("its logits are read at the size of the image", () => {
  const view = { width: 260, height: 100, inputWidth: 260, inputHeight: 100 };
  const logits = { shape: [1, 2, 7, 17], data: new Float32Array(2 * 7 * 17) };
  const { classes, imageWidth, imageHeight } = rAspp({ classes: 2, features: "high" }).decode(
    { logits },
    view,
    {},
  );
  assert.deepEqual([classes, imageWidth, imageHeight], [2, 260, 100]);
});
