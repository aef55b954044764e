import assert from "node:assert/strict";
import { mnasNet, type MnasNetOptions } from "../../../core/backbones/mod.ts";
import { built, convNamed, describeBlocks } from "./describe_blocks.ts";

const graphOf = (options: MnasNetOptions) => built((g, image) => mnasNet(g, image, options)).graph;
const blocksOf = (options: MnasNetOptions) => describeBlocks(graphOf(options));

Deno.test("MnasNet-A1 squeezes to a quarter of what enters a block", () => {
  assert.deepEqual(blocksOf({ variant: "A1" }), [
    "block1 32-16 k3",
    "block2 16-96-24 k3 s2",
    "block3 24-144-24 k3 +",
    "block4 24-72-40 k5 s2 se6",
    "block5 40-120-40 k5 se10 +",
    "block6 40-120-40 k5 se10 +",
    "block7 40-240-80 k3 s2",
    "block8 80-480-80 k3 +",
    "block9 80-480-80 k3 +",
    "block10 80-480-80 k3 +",
    "block11 80-480-112 k3 se20",
    "block12 112-672-112 k3 se28 +",
    "block13 112-672-160 k5 s2 se28",
    "block14 160-960-160 k5 se40 +",
    "block15 160-960-160 k5 se40 +",
    "block16 160-960-320 k3",
  ]);
});

Deno.test("MnasNet-small is the network that was released", () => {
  assert.deepEqual(blocksOf({ variant: "small" }), [
    "block1 8-8 k3 +",
    "block2 8-24-16 k3 s2",
    "block3 16-96-16 k3 s2",
    "block4 16-96-16 k3 +",
    "block5 16-96-32 k5 s2 se4",
    "block6 32-192-32 k5 se8 +",
    "block7 32-192-32 k5 se8 +",
    "block8 32-192-32 k5 se8 +",
    "block9 32-192-32 k3 se8 +",
    "block10 32-192-32 k3 se8 +",
    "block11 32-192-32 k3 se8 +",
    "block12 32-192-88 k5 s2 se8",
    "block13 88-528-88 k5 se22 +",
    "block14 88-528-88 k5 se22 +",
    "block15 88-528-144 k3",
  ]);
});

Deno.test("MnasNet-B1 is torchvision's", () => {
  assert.deepEqual(blocksOf({ variant: "B1", convention: "torchvision" }), [
    "block1 32-16 k3",
    "block2 16-48-24 k3 s2",
    "block3 24-72-24 k3 +",
    "block4 24-72-24 k3 +",
    "block5 24-72-40 k5 s2",
    "block6 40-120-40 k5 +",
    "block7 40-120-40 k5 +",
    "block8 40-240-80 k5 s2",
    "block9 80-480-80 k5 +",
    "block10 80-480-80 k5 +",
    "block11 80-480-96 k3",
    "block12 96-576-96 k3 +",
    "block13 96-576-192 k5 s2",
    "block14 192-1152-192 k5 +",
    "block15 192-1152-192 k5 +",
    "block16 192-1152-192 k5 +",
    "block17 192-1152-320 k3",
  ]);
});

Deno.test("a separable convolution has no residual, even between equal widths", () => {
  for (const variant of ["A1", "B1"] as const) {
    assert.equal(blocksOf({ variant, width: 0.25 })[0], "block1 8-8 k3");
  }
});

Deno.test("MnasNet's gate is a sigmoid, its nonlinearity ReLU", () => {
  const graph = graphOf({ variant: "A1" });
  assert.equal(convNamed(graph, "backbone.block5.se.excite").activation, "sigmoid");
  assert.equal(convNamed(graph, "backbone.block5.expand").activation, "relu");
});

Deno.test("the last convolution follows the multiplier only for detectors", () => {
  const head = (scaleHead: boolean) =>
    convNamed(graphOf({ variant: "A1", width: 0.35, scaleHead }), "backbone.head").channels;
  assert.deepEqual([head(false), head(true)], [1280, 448]);
});
