import assert from "node:assert/strict";
import { bindWeights, GraphBuilder, randomWeights, toOnnx } from "../../core/graph/mod.ts";
import { encodeOnnx } from "../../core/onnx/mod.ts";
import { Session } from "../../core/session/mod.ts";
import { lrAspp, type LrAsppOptions } from "../../heads/mod.ts";
import { builtHead } from "./built_head.ts";

const OPTIONS: LrAsppOptions = { classes: 5, high: "high", low: "low", filters: 8 };

Deno.test("LR-ASPP gates a 1×1 convolution and adds a classifier of finer features", () => {
  assert.deepEqual(builtHead(lrAspp(OPTIONS)), {
    outputs: { logits: [1, 5, 13, 33] },
    weights: [
      "segment.reduce.weight [8,32,1,1]",
      "segment.gate.weight [8,32,1,1]",
      "segment.high_classifier.weight [5,8,1,1]",
      "segment.high_classifier.bias [5]",
      "segment.low_classifier.weight [5,12,1,1]",
      "segment.low_classifier.bias [5]",
    ],
  });
});

Deno.test("the paper's gate has a bias, torchvision's has none", () => {
  const { weights } = builtHead(lrAspp({ ...OPTIONS, gateBias: true }));
  assert.equal(weights[2], "segment.gate.bias [8]");
});

Deno.test("classifying before upsampling gives the same logits as after", async () => {
  const run = async (classify: "before" | "after") => {
    const g = new GraphBuilder();
    const taps = { high: g.tensor("high", 32), low: g.tensor("low", 12) };
    const graph = g.finish(lrAspp({ ...OPTIONS, classify }).build(g, taps));
    const weights = bindWeights(graph, randomWeights(graph, 1), "random weights");
    const session = await Session.open(encodeOnnx(toOnnx(graph, weights).model), "a head");
    const values = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * 0.7));
    const { logits } = await session.run({
      high: { shape: [1, 32, 7, 17], data: values(32 * 7 * 17) },
      low: { shape: [1, 12, 13, 33], data: values(12 * 13 * 33) },
    });
    await session.close();
    return logits.data as Float32Array;
  };
  const [before, after] = [await run("before"), await run("after")];
  before.forEach((value, index) => assert.ok(Math.abs(value - after[index]) < 1e-4));
});
