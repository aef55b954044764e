import assert from "node:assert/strict";
import { mobileNetV1 } from "../../../core/backbones/mod.ts";
import { built, convNamed, describeBlocks } from "./describe_blocks.ts";

Deno.test("MobileNetV1 is the paper's table", () => {
  const { graph } = built((g, image) => mobileNetV1(g, image));
  assert.deepEqual(describeBlocks(graph), [
    "block1 32-64 k3",
    "block2 64-128 k3 s2",
    "block3 128-128 k3",
    "block4 128-256 k3 s2",
    "block5 256-256 k3",
    "block6 256-512 k3 s2",
    "block7 512-512 k3",
    "block8 512-512 k3",
    "block9 512-512 k3",
    "block10 512-512 k3",
    "block11 512-512 k3",
    "block12 512-1024 k3 s2",
    "block13 1024-1024 k3",
  ]);
});

Deno.test("every convolution of MobileNetV1 is followed by BatchNorm and ReLU6", () => {
  const { graph } = built((g, image) => mobileNetV1(g, image));
  for (const { operator } of graph.layers) {
    if (operator.kind !== "conv") continue;
    assert.deepEqual([operator.batchNorm, operator.bias, operator.activation], [
      { epsilon: 1e-3 },
      false,
      "relu6",
    ]);
  }
});

Deno.test("MobileNetV1's multiplier truncates, down to eight channels", () => {
  const { graph } = built((g, image) => mobileNetV1(g, image, { width: 0.23 }));
  assert.equal(convNamed(graph, "backbone.stem").channels, 8);
  assert.equal(convNamed(graph, "backbone.block1.pointwise").channels, 14);
  assert.equal(convNamed(graph, "backbone.block13.pointwise").channels, 235);
});
