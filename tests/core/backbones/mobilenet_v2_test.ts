import assert from "node:assert/strict";
import { mobileNetV2 } from "../../../core/backbones/mod.ts";
import { built, convNamed, describeBlocks } from "./describe_blocks.ts";

Deno.test("MobileNetV2 is the paper's table", () => {
  const { graph } = built((g, image) => mobileNetV2(g, image));
  assert.deepEqual(describeBlocks(graph), [
    "block1 32-16 k3",
    "block2 16-96-24 k3 s2",
    "block3 24-144-24 k3 +",
    "block4 24-144-32 k3 s2",
    "block5 32-192-32 k3 +",
    "block6 32-192-32 k3 +",
    "block7 32-192-64 k3 s2",
    "block8 64-384-64 k3 +",
    "block9 64-384-64 k3 +",
    "block10 64-384-64 k3 +",
    "block11 64-384-96 k3",
    "block12 96-576-96 k3 +",
    "block13 96-576-96 k3 +",
    "block14 96-576-160 k3 s2",
    "block15 160-960-160 k3 +",
    "block16 160-960-160 k3 +",
    "block17 160-960-320 k3",
  ]);
});

Deno.test("MobileNetV2 0.35 rounds every width, and expands what it got", () => {
  const { graph } = built((g, image) => mobileNetV2(g, image, { width: 0.35 }));
  assert.deepEqual(describeBlocks(graph), [
    "block1 16-8 k3",
    "block2 8-48-8 k3 s2",
    "block3 8-48-8 k3 +",
    "block4 8-48-16 k3 s2",
    "block5 16-96-16 k3 +",
    "block6 16-96-16 k3 +",
    "block7 16-96-24 k3 s2",
    "block8 24-144-24 k3 +",
    "block9 24-144-24 k3 +",
    "block10 24-144-24 k3 +",
    "block11 24-144-32 k3",
    "block12 32-192-32 k3 +",
    "block13 32-192-32 k3 +",
    "block14 32-192-56 k3 s2",
    "block15 56-336-56 k3 +",
    "block16 56-336-56 k3 +",
    "block17 56-336-112 k3",
  ]);
});

Deno.test("the last convolution grows with the multiplier, and shrinks with it only for detectors", () => {
  const head = (width: number, narrowHead = false) =>
    convNamed(built((g, image) => mobileNetV2(g, image, { width, narrowHead })).graph, "backbone.head")
      .channels;
  assert.deepEqual([head(0.5), head(0.5, true), head(1), head(1.4), head(1.4, true)], [
    1280,
    640,
    1280,
    1792,
    1792,
  ]);
});

Deno.test("for segmentation the tail is halved before it is rounded, and expands what is left of it", () => {
  const blocks = (width: number) =>
    describeBlocks(
      built((g, image) =>
        mobileNetV2(g, image, { width, tail: "segmentation", outputStride: 16, head: false })
      ).graph,
    ).slice(12);
  assert.deepEqual(blocks(1), [
    "block13 96-576-96 k3 +",
    "block14 96-576-80 k3",
    "block15 80-480-80 k3 d2 +",
    "block16 80-480-80 k3 d2 +",
    "block17 80-480-160 k3 d2",
  ]);
  // At 0.35 the block that lost its stride has equal input and output, so that TensorFlow adds them.
  assert.deepEqual(blocks(0.35), [
    "block13 32-192-32 k3 +",
    "block14 32-192-32 k3 +",
    "block15 32-192-32 k3 d2 +",
    "block16 32-192-32 k3 d2 +",
    "block17 32-192-56 k3 d2",
  ]);
});

Deno.test("torchvision's MobileNetV2 pads symmetrically and has PyTorch's BatchNorm", () => {
  const stem = (convention: "paper" | "torchvision") => {
    const { padding, batchNorm } = convNamed(
      built((g, image) => mobileNetV2(g, image, { convention })).graph,
      "backbone.stem",
    );
    return [padding, batchNorm?.epsilon];
  };
  assert.deepEqual(stem("paper"), ["same", 1e-3]);
  assert.deepEqual(stem("torchvision"), ["symmetric", 1e-5]);
});

Deno.test("padding and BatchNorm's epsilon may be set apart from the convention", () => {
  const { graph } = built((g, image) => mobileNetV2(g, image, { padding: "symmetric", epsilon: 1e-4 }));
  for (const { operator } of graph.layers) {
    if (operator.kind !== "conv") continue;
    assert.deepEqual(operator.batchNorm, { epsilon: 1e-4 });
    if (operator.kernel[0] > 1) assert.equal(operator.padding, "symmetric");
  }
});
